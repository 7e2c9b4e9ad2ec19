"""The case-creation API: reports in, cases out, and the operators' page."""
