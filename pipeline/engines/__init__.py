"""Runs one function over many batches."""
