"""Where cases live: tables, transactions, migrations."""
