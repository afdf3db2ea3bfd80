"""Settings of all tests."""

from hypothesis import settings

settings.register_profile("provender", deadline=None)  # a first example may compile a kernel, and machines are shared
settings.load_profile("provender")
