"""Bytes: the lake's paths, put-if-absent, Parquet, DuckDB connections. Nothing here decides anything."""
