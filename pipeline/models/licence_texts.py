"""Which licence a text is: an SPDX-License-Identifier line, or the text itself by licenseclassifier (BSD-3-Clause)."""

import re
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import version

from licenseclassifier import identify_license

Identify = Callable[[str], tuple[str | None, int]]

VERSION = f"licenseclassifier {version('licenseclassifier')}"
LINE = re.compile(r"SPDX-License-Identifier:[ \t]*([A-Za-z0-9.+() -]{2,200})")
WORD = re.compile(r"\w")


def identifier() -> Identify:
    """A function from a text to its SPDX expression and a score in ppm; (None, 0) for a text that is no known licence.

    Several licences in one text are joined by AND. The score is the share of the text that the matches cover.
    """
    return _identify


@lru_cache(maxsize=4096)
def _identify(text: str) -> tuple[str | None, int]:
    line = LINE.search(text)
    if line:
        return line[1].strip(), 1_000_000
    found = identify_license(text)
    names = list(dict.fromkeys(match.id for match in found))
    covered = sum(len(WORD.findall(text[match.start : match.end])) for match in found)
    score = min(1_000_000, covered * 1_000_000 // max(1, len(WORD.findall(text))))
    return (" AND ".join(names), score) if names else (None, 0)
