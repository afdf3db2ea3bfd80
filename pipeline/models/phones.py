"""Telephone numbers as `phonenumbers` finds them, in one pass over a text for all regions.

The library's matcher searches a text once for each region and parses every candidate. Here candidates are searched
once and judged once: what the matcher makes of a candidate depends on it, on the kind of character before, and on
what follows. Digits that no parsing could make a valid number of the region are not parsed. The library ends its
search after 65,535 false candidates without a word; this looks at all.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    SUPPORTED_REGIONS,
    PhoneMetadata,
    PhoneNumberMatch,
    PhoneNumberMatcher,
    country_code_for_region,
    phonenumbermatcher,
    phonenumberutil,
)

from pipeline.kernels import code_bytes
from pipeline.kernels.supersets import superset

CANDIDATE: re.Pattern[str] = phonenumbermatcher._PATTERN  # noqa: SLF001  the library searches with these two
SECOND: re.Pattern[str] = phonenumberutil._SECOND_NUMBER_START_PATTERN  # noqa: SLF001
SECONDS: re.Pattern[str] = phonenumbermatcher._TIME_STAMPS_SUFFIX  # noqa: SLF001
GLUED, APART = "a", " "  # a character that unmakes a candidate beside it, and one that does not

BARE = re.compile(r"[0-9 ()\[\]./\u00a0-]+")
"""A candidate in which no letter, sign or other script can mean anything but its digits."""
KINDS = (
    "premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail", "fixed_line",
    "mobile",
)  # fmt: skip

Place = tuple[int, int]  # start, end in the candidate


def gate(fewest: int | None = None) -> str:
    """A pattern that every number holds: enough digits, four signs apart at most.

    Args:
        fewest: digits; those of the shortest number of any region if none.
    """
    apart = "".join(re.escape(chr(byte)) for byte in delimiters() if byte < code_bytes.HAN)
    return rf"\d(?:[^\d{apart}]{{0,4}}\d){{{digits(fewest) - 1}}}"


def digits(fewest: int | None) -> int:
    """Digits that every number holds: so many, or those of the shortest number of any region."""
    return min(map(shortest, SUPPORTED_REGIONS)) if fewest is None else fewest


@cache
def delimiters() -> bytes:
    """Bytes (`code_bytes`) that no candidate holds."""
    return superset(CANDIDATE.pattern, CANDIDATE.flags).delimiters


@cache
def shortest(region: str) -> int:
    """Digits of the shortest national number of the region, or of one with the same country code."""
    code = country_code_for_region(region)
    return min(map(_shortest, COUNTRY_CODE_TO_REGION_CODE.get(code, (region,))))


def _shortest(region: str) -> int:
    known = PhoneMetadata.metadata_for_region(region, None)
    if known is None or known.general_desc is None:
        return 1
    added = re.sub(r"\\\d", "", known.national_prefix_transform_rule or "")  # an area code that parsing puts before
    return max(1, min(known.general_desc.possible_length) - len(added))


def numbers(text: str, part: Place, regions: tuple[str, ...], leniency: int) -> set[Place]:
    """Where the numbers of any region stand in a part of a text whose neighbours no candidate can hold."""
    seen = _Searched(text, part[1], regions, leniency)
    index = part[0]
    while (one := seen.candidate(index)) is not None:
        if any(one[2]):
            return {place for position, _ in enumerate(regions) for place in seen.numbers(index, position)}
        index = one[0] + one[1]
    return set()


class _Searched:
    """Part of a text whose candidates are searched and judged once."""

    def __init__(self, text: str, right: int, regions: tuple[str, ...], leniency: int) -> None:
        self._text, self._right = text, right
        self._how = regions, leniency
        self._known: dict[int, tuple[int, int, tuple[Place | None, ...]] | None] = {}

    def candidate(self, index: int) -> tuple[int, int, tuple[Place | None, ...]] | None:
        """Start and length of the next candidate, and where in it each region has a number."""
        if index not in self._known:
            match = CANDIDATE.search(self._text, index, self._right)
            self._known[index] = match and self._judged(match.start(), _first(match.group()))
        return self._known[index]

    def numbers(self, index: int, position: int) -> Iterator[Place]:
        """The numbers of one region from `index` on."""
        while (one := self.candidate(index)) is not None:
            start, length, places = one
            place = places[position]
            if place:
                yield start + place[0], start + place[1]
            index = start + (place[1] if place else length)

    def _judged(self, start: int, candidate: str) -> tuple[int, int, tuple[Place | None, ...]]:
        text, end = self._text, start + len(candidate)
        before = _kind(text[start - 1]) if start else ""
        after = text[end : end + 3] if SECONDS.match(text, end) else _kind(text[end]) if end < len(text) else ""
        return start, len(candidate), _places(candidate, before, after, *self._how)


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
    found = (_Matcher(text, region, leniency=leniency)._extract_match(candidate, at) for region in regions)  # noqa: SLF001
    return tuple((one.start - at, one.end - at) if one else None for one in found)


class _Matcher(PhoneNumberMatcher):
    """The library's, which does not parse digits that can be no valid number."""

    def _parse_and_verify(self, candidate: str, offset: int) -> PhoneNumberMatch | None:
        if self.leniency and BARE.fullmatch(candidate):
            digits = "".join(c for c in candidate if c.isdigit())
            if not _is_possible(digits, self.preferred_region):
                return None
        found: PhoneNumberMatch | None = super()._parse_and_verify(candidate, offset)
        return found


@lru_cache(maxsize=1 << 16)
def _is_possible(digits: str, region: str) -> bool:
    """Whether bare digits can be a valid number of the region's country code, or dialled abroad from it.

    Parsing takes the country code off at most once and the national prefix at most twice.
    """
    plan = _plan(region)
    if plan.abroad.match(digits):
        return True
    forms = {digits, digits.removeprefix(plan.code)}
    for _ in range(2):
        forms |= {form for prefix, rule in plan.prefixes for one in forms for form in _stripped(prefix, rule, one)}
    return any(plan.valid.fullmatch(form) for form in forms)


def _stripped(prefix: re.Pattern[str], rule: str | None, digits: str) -> list[str]:
    match = prefix.match(digits)
    if match is None:
        return []
    return [digits[match.end() :], *([prefix.sub(rule, digits, count=1)] if rule else [])]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What numbers of a region look like; `valid` is the union of all types of all regions with its country code."""

    code: str
    abroad: re.Pattern[str]
    prefixes: tuple[tuple[re.Pattern[str], str | None], ...]
    valid: re.Pattern[str]


@cache
def _plan(region: str) -> _Plan:
    code = country_code_for_region(region)
    regions = COUNTRY_CODE_TO_REGION_CODE.get(code, (region,))
    known = [one for one in (PhoneMetadata.metadata_for_region(r, None) for r in regions) if one]
    own = PhoneMetadata.metadata_for_region(region, None)
    kinds = [getattr(one, kind) for one in known for kind in KINDS]
    shapes = [kind.national_number_pattern for kind in kinds if kind and kind.national_number_pattern]
    return _Plan(
        code=str(code),
        abroad=re.compile((own and own.international_prefix) or "(?!)"),
        prefixes=tuple(
            (re.compile(one.national_prefix_for_parsing), one.national_prefix_transform_rule)
            for one in (own, known[0])
            if one and one.national_prefix_for_parsing
        ),
        valid=re.compile("|".join(f"(?:{shape})" for shape in dict.fromkeys(shapes)) or "(?!)"),
    )
