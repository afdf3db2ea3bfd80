"""Bytes of a source to RECORDS; bad records become rows with a problem, never exceptions."""
