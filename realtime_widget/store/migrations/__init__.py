"""How the schema came to be, version by version, for Alembic; `versions` has one file for each."""
