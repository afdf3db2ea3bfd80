"""Presidio recognizers: Chinese identifiers of our own, and pinned editions of some of Presidio's.

Patterns here are written for text without spaces between words: no boundary that Han characters would break.
Import this package lazily: Presidio takes seconds to load.
"""
