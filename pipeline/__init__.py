"""Provender: training-data governance from candidate corpora to approved snapshots."""
