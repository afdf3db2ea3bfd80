"""One function per step: read, call the stage, write, append."""
