"""Open311 GeoReport v2: the protocol that other cities' clients speak. XML and JSON.

Source: wiki.open311.org/GeoReport_v2 (Creative Commons), and what its validators check.
"""
