"""Main text of a page, by trafilatura, behind a guard against markup that is built to exhaust parsers."""

import logging
import re
from collections.abc import Callable
from importlib.metadata import version

Extractor = Callable[[str], str]

VERSION = f"trafilatura {version('trafilatura')}"
DEEPEST = 512
"""Open elements at once; the deepest page of 91 measured has 48."""
LONGEST = 8 << 20
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]{0,2000}?(/?)>")
VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr p li td tr th dt dd option".split()
)


def depth(page: str) -> int:
    """The greatest number of elements open at once, counted without parsing; void and self-closing ones do not."""
    open_now = deepest = 0
    for tag in TAG.finditer(page):
        if tag[3] or tag[2].lower() in VOID:
            continue
        open_now = max(0, open_now - 1) if tag[1] else open_now + 1
        deepest = max(deepest, open_now)
    return deepest


def extractor() -> Extractor:
    """A function from a page to its main text; it raises ValueError with a reason code for a page it must not parse.

    A page without main text gives the empty string.
    """
    import trafilatura
    from lxml.etree import LxmlError

    unparsed = (LxmlError, ValueError, TypeError, AttributeError, LookupError, RecursionError)
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

    def extract(page: str) -> str:
        if len(page) > LONGEST:
            raise ValueError("record_too_large")
        if depth(page) > DEEPEST:
            raise ValueError("html_too_deep")
        try:
            found = trafilatura.extract(page, favor_recall=True, include_comments=False, deduplicate=False)
        except unparsed:
            raise ValueError("html_unreadable") from None  # their words may be words of the page
        return found or ""

    return extract
