"""Freeze, check, approve, publish, pull."""
