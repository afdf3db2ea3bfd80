"""Whether a finding is of a minor: by the date of birth that it holds, or by the words beside it."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime

import regex

from pipeline.rules.personal_documents import Sign

YEAR_FIRST = re.compile(r"((?:19|20)\d{2})\D{0,2}?(\d{1,2})(?:\D{1,2}|(?<=\d\d))(\d{1,2})?")
YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
LAST_DAY = 1231


def day(at_us: int) -> int:
    """A time as a day that can be compared and taken from another: 20260101.

    Args:
        at_us: microseconds UTC.
    """
    return int(datetime.fromtimestamp(at_us / 1e6, UTC).strftime("%Y%m%d"))


def is_minor(text: str, place: tuple[int, int], sign: Sign, on: int) -> bool:
    """Whether the sign holds for what stands in a place of the text.

    Args:
        text: of the document.
        place: start and end of the finding.
        sign: of its type.
        on: the day, as `day` returns it.
    """
    start, end = place
    if sign.by == "near":
        around = text[max(0, start - sign.within_chars) : start] + "\n" + text[end : end + sign.within_chars]
        return any(regex.search(word, around) for word in sign.words)
    born = birth(sign.entity, unicodedata.normalize("NFKC", text[start:end]))
    return born is not None and born <= on < born + sign.under_years * 10_000


def birth(entity: str, value: str) -> int | None:
    """The day of birth in a value, the last of the year where only the year is told; none when there is none."""
    if entity == "CN_RESIDENT_ID":
        digits = "".join(c for c in value if c.isdigit())
        return int(digits[6:14]) if len(digits) >= 17 else None
    found = YEAR_FIRST.match(value)
    if found and found[3] and 1 <= int(found[2]) <= 12:
        return int(found[1]) * 10_000 + int(found[2]) * 100 + int(found[3])
    year = YEAR.search(value)
    return int(year[0]) * 10_000 + LAST_DAY if year else None


def of_minors(text: str, found: Sequence[tuple[int, int, str]], signs: Sequence[Sign], on: int) -> list[bool]:
    """Of each finding (start, end, type), whether a sign of its type holds."""
    return [
        any(is_minor(text, (start, end), sign, on) for sign in signs if sign.entity == kind)
        for start, end, kind in found
    ]
