"""Cases as tables: CSV and Excel, with the columns that case systems in the field export."""
