"""Loads language models and returns plain callables with their hashes."""
