"""Telephone numbers as `phonenumbers` finds them, in one pass over a text for all regions.

The library's matcher searches a text once for each region and parses every candidate. Here candidates are searched
once and judged once: what the matcher makes of a candidate depends on it, on the kind of character before, and on
what follows. What it would try of a candidate is the same for every region; bare digits are judged by `phone_plans`,
all else by the library. It ends its search after 65,535 false candidates without a word; this looks at all.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from phonenumbers import (
    SUPPORTED_REGIONS,
    PhoneNumberMatcher,
    phonenumberutil,
)
from phonenumbers import phonenumbermatcher as library

from pipeline.kernels.prefilter import Chain
from pipeline.kernels.supersets import superset
from pipeline.models.phone_plans import is_behind_plus, is_number, longest, shortest

VALID = library.Leniency.VALID
CANDIDATE: re.Pattern[str] = library._PATTERN  # noqa: SLF001  the library searches with these
SECOND: re.Pattern[str] = phonenumberutil._SECOND_NUMBER_START_PATTERN  # noqa: SLF001
UNWANTED_END: re.Pattern[str] = phonenumberutil._UNWANTED_END_CHAR_PATTERN  # noqa: SLF001
SECONDS: re.Pattern[str] = library._TIME_STAMPS_SUFFIX  # noqa: SLF001
GLUED, APART = "a", " "  # a character that unmakes a candidate beside it, and one that does not

BARE = re.compile(r"[0-9 ()\[\]./\u00a0-]{,250}")  # more, and the library refuses it at once
"""A candidate in which no letter, sign or other script can mean anything but its digits."""
PLUS = re.compile(r"[ (\[]*\+[0-9 ()\[\]./\u00a0-]{,240}")
"""Such a candidate behind a plus sign: dialled alike in every region."""
NO_DIGIT = re.compile(r"[^0-9]+")

Place = tuple[int, int]  # start, end in the candidate
Try = tuple[int, str, str | None]  # start in the candidate, the part, its digits (and plus sign) if it is bare


def gate(fewest: int | None = None) -> Chain:
    """What holds every number: enough digits, four signs apart at most.

    Args:
        fewest: digits; those of the shortest number of any region if none.
    """
    return Chain(digits=digits(fewest), apart=4, delimiters=delimiters())


def digits(fewest: int | None) -> int:
    """Digits that every number holds: so many, or those of the shortest number of any region."""
    return min(map(shortest, SUPPORTED_REGIONS)) if fewest is None else fewest


@cache
def delimiters() -> bytes:
    """Bytes (`code_bytes`) that no candidate holds."""
    return superset(CANDIDATE.pattern, CANDIDATE.flags).delimiters


def numbers(text: str, part: Place, regions: tuple[str, ...], leniency: int, fewest: int | None = None) -> set[Place]:
    """Where the numbers of any region stand in a part of a text whose neighbours no candidate can hold.

    Args:
        text: any.
        part: of the text.
        regions: from which numbers are dialled.
        leniency: of the library.
        fewest: digits; candidates with fewer are left out, so that not all numbers with fewer are found.
    """
    seen = _Searched(text, part[1], regions, leniency, fewest or 0)
    index = part[0]
    while (one := seen.candidate(index)) is not None:
        if one[2]:
            return set(seen.numbers(index))
        index = one[0] + one[1]
    return set()


class _Searched:
    """Part of a text whose candidates are searched and judged once."""

    def __init__(self, text: str, right: int, regions: tuple[str, ...], leniency: int, fewest: int) -> None:
        self._text, self._right, self._fewest = text, right, fewest
        self._how = regions, leniency
        self._known: dict[int, tuple[int, int, tuple[Place | None, ...]] | None] = {}

    def candidate(self, index: int) -> tuple[int, int, tuple[Place | None, ...]] | None:
        """Start and length of the next candidate, and where in it each region has a number; nothing where none has."""
        if index not in self._known:
            match = CANDIDATE.search(self._text, index, self._right)
            self._known[index] = match and self._judged(match.start(), _first(match.group()))
        return self._known[index]

    def numbers(self, index: int) -> Iterator[Place]:
        """The numbers of all regions from `index` on; those that go on at one place go on together."""
        ahead = {index: [*range(len(self._how[0]))]}
        while ahead:
            regions = ahead.pop(at := min(ahead))
            if (one := self.candidate(at)) is None:
                continue
            start, length, places = one
            for region in regions if places else ():
                place = places[region]
                if place:
                    yield start + place[0], start + place[1]
                ahead.setdefault(start + (place[1] if place else length), []).append(region)
            if not places:
                ahead.setdefault(start + length, []).extend(regions)

    def _judged(self, start: int, candidate: str) -> tuple[int, int, tuple[Place | None, ...]]:
        if len(candidate) < self._fewest or sum(map(str.isdigit, candidate)) < self._fewest:
            return start, len(candidate), ()
        text, end = self._text, start + len(candidate)
        before = _kind(text[start - 1]) if start else ""
        after = text[end : end + 3] if SECONDS.match(text, end) else _kind(text[end]) if end < len(text) else ""
        places = _places(candidate, before, after, *self._how)
        return start, len(candidate), places if any(places) else ()


@lru_cache(maxsize=1 << 12)
def _first(candidate: str) -> str:
    second = SECOND.search(candidate)
    return candidate[: second.start()] if second else candidate


@lru_cache(maxsize=1 << 12)
def _kind(character: str) -> str:
    matcher = PhoneNumberMatcher
    is_glued = matcher._is_invalid_punctuation_symbol(character) or matcher._is_latin_letter(character)  # noqa: SLF001
    return GLUED if is_glued else APART


@lru_cache(maxsize=1 << 16)
def _places(
    candidate: str, before: str, after: str, regions: tuple[str, ...], leniency: int
) -> tuple[Place | None, ...]:
    at, text = len(before), f"{before}{candidate}{after}"
    tried = list(_tried(candidate, at, text, leniency))
    found: list[Place | None] = [None] * len(regions)
    for start, part, bare in tried:
        judged = _are_numbers(bare, regions) if bare else (None,) * len(regions)
        for one, is_one in enumerate(judged):
            if found[one] is None and (
                _is_verified(part, start + at, text, regions[one], leniency) if is_one is None else is_one
            ):
                found[one] = start, start + len(part)
    return tuple(found)


@lru_cache(maxsize=1 << 16)
def _are_numbers(digits: str, regions: tuple[str, ...]) -> tuple[bool | None, ...]:
    """`is_number` by region; nothing where they are a number in none."""
    if digits.startswith("+"):
        judged = (is_behind_plus(digits[1:]),) * len(regions)
    else:
        judged = tuple(is_number(digits, region) for region in regions)
    return judged if any(one is not False for one in judged) else ()


def _is_verified(part: str, start: int, text: str, region: str, leniency: int) -> bool:
    matcher = PhoneNumberMatcher(text, region, leniency=leniency)
    return matcher._parse_and_verify(part, start) is not None  # noqa: SLF001


def _tried(candidate: str, at: int, text: str, leniency: int) -> Iterator[Try]:
    """The parts of a candidate that the matcher tries in turn, but for those that are refused whatever the region."""
    if library._SLASH_SEPARATED_DATES.search(candidate):  # noqa: SLF001
        return
    if library._TIME_STAMPS.search(candidate) and SECONDS.match(text, at + len(candidate)):  # noqa: SLF001
        return
    for start, part in dict.fromkeys(_parts(candidate)):
        if _is_refused(part, at + start, text, leniency):
            continue
        sign = "" if BARE.fullmatch(part) else "+" if PLUS.fullmatch(part) else None
        if leniency != VALID or sign is None:
            yield start, part, None
            continue
        digits = NO_DIGIT.sub("", part)
        if sign or _fewest() <= len(digits) <= _most():
            yield start, part, sign + digits


@cache
def _fewest() -> int:
    return digits(None)


@cache
def _most() -> int:
    return max(map(longest, SUPPORTED_REGIONS))


def _parts(candidate: str) -> Iterator[tuple[int, str]]:
    """A candidate, and its parts between what may separate two numbers."""
    yield 0, candidate
    for separated in library._INNER_MATCHES:  # noqa: SLF001
        match = separated.search(candidate)
        if match:
            yield 0, _trimmed(candidate[: match.start()])
        while match:
            yield match.start(1), _trimmed(match.group(1))
            match = separated.search(candidate, match.start() + 1)


def _trimmed(part: str) -> str:
    end = UNWANTED_END.search(part)
    return part[: end.start()] if end else part


def _is_refused(part: str, start: int, text: str, leniency: int) -> bool:
    if not library._MATCHING_BRACKETS.fullmatch(part) or library._PUB_PAGES.search(part):  # noqa: SLF001
        return True
    end = start + len(part)
    is_glued_before = start > 0 and not library._LEAD_PATTERN.match(part) and _kind(text[start - 1]) == GLUED  # noqa: SLF001
    return leniency >= VALID and (is_glued_before or (end < len(text) and _kind(text[end]) == GLUED))
