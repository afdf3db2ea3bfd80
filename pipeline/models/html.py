"""Main text of a page, by trafilatura, behind a guard against markup that is built to exhaust parsers."""

import logging
import re
from collections.abc import Callable
from importlib.metadata import version

Extractor = Callable[[str], str]

VERSION = f"trafilatura {version('trafilatura')}"
DEEPEST = 512
"""Open elements at once; the deepest page of 91 measured has 48."""
MOST = 100_000
"""Elements of one page; the extractor takes about 25 µs for each, so no page holds a worker for long."""
LONGEST = 8 << 20
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]{0,2000}?(/?)>")
VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr p li td tr th dt dd option".split()
)


def shape(page: str) -> tuple[int, int]:
    """The greatest number of elements open at once and the number of elements, counted without parsing.

    Void and self-closing elements are elements, but never open.
    """
    open_now = deepest = elements = 0
    for tag in TAG.finditer(page):
        elements += not tag[1]
        if tag[3] or tag[2].lower() in VOID:
            continue
        open_now = max(0, open_now - 1) if tag[1] else open_now + 1
        deepest = max(deepest, open_now)
    return deepest, elements


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
        deepest, elements = shape(page)
        if deepest > DEEPEST:
            raise ValueError("html_too_deep")
        if elements > MOST:
            raise ValueError("html_too_wide")
        try:
            found = trafilatura.extract(page, favor_recall=True, include_comments=False, deduplicate=False)
        except unparsed:
            raise ValueError("html_unreadable") from None  # their words may be words of the page
        return found or ""

    return extract
