"""Which licence a text is: what it says of itself, or the text as licenseclassifier (BSD-3-Clause) knows it."""

import re
from collections.abc import Callable
from email.parser import HeaderParser
from functools import lru_cache
from importlib.metadata import version

from licenseclassifier import identify_license

from pipeline.rules.licences import declared

Identify = Callable[[str], tuple[str | None, int]]

VERSION = f"licenseclassifier {version('licenseclassifier')}"
LINE = re.compile(r"SPDX-License-Identifier:[ \t]*([A-Za-z0-9.+() :-]{2,200})")
WORD = re.compile(r"\w+")


def identifier() -> Identify:
    """A function from a text to its SPDX expression and a score in ppm; (None, 0) for a text that is no known licence.

    Several licences in one text are joined by AND. The score is the share of the words that the matches cover.
    """
    return _identify


@lru_cache(maxsize=4096)
def _identify(text: str) -> tuple[str | None, int]:
    if text.startswith("Metadata-Version:"):
        said = declared(HeaderParser().parsestr(text))
        return (said, 1_000_000) if said else (None, 0)
    lines = [line.strip() for line in LINE.findall(text)]
    if lines:
        return _joined(lines), 1_000_000
    found = identify_license(text)
    if not found:
        return None, 0
    spans = [(match.start, match.end) for match in found]
    words = [word.start() for word in WORD.finditer(text)]
    covered = sum(any(start <= at < end for start, end in spans) for at in words)
    return _joined([match.id for match in found]), covered * 1_000_000 // max(1, len(words))


def _joined(expressions: list[str]) -> str:
    distinct = list(dict.fromkeys(expressions))
    return distinct[0] if len(distinct) == 1 else " AND ".join(f"({one})" if " " in one else one for one in distinct)
