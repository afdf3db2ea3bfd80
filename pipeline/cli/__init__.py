"""`provender`: one verb per step. JSON on stdout, what people read on stderr."""

from pipeline.cli.main import main

__all__ = ["main"]
