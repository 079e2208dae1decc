"""The catalogue's schema, step by step. `archive.database` runs what is missing, in place."""
