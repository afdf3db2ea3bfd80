"""Numba and Aho-Corasick loops over Arrow buffers; correct on any valid UTF-8."""
