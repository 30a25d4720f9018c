"""Everything in one folder: SQLite, plain files and memory; no server, several processes at once."""
