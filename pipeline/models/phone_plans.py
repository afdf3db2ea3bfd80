"""Whether bare digits are a number of a region as `phonenumbers` parses and verifies them, without its objects.

What the library does with a text of digits, spaces, brackets, dots, slashes and hyphens, dialled inside a region, at
leniency VALID: take the country code and the national prefix off, look whether a plan knows the rest, and whether the
prefix had to be there. Digits dialled abroad are left to the library. A test compares both for every region.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, country_code_for_region

FEWEST, MOST = 2, 17
"""Digits of a national number."""
KINDS = "premium_rate toll_free shared_cost voip personal_number pager uan voicemail fixed_line".split()
FIRST_GROUP = re.compile(r"\(?\\1\)?")

Shape = tuple[frozenset[int], re.Pattern[str]]  # lengths (any if none), and the digits


@dataclass(frozen=True, slots=True)
class Plan:
    """The numbering plan of one region."""

    code: str
    abroad: re.Pattern[str]
    general: re.Pattern[str]
    lengths: tuple[int, ...]  # ascending
    local_lengths: tuple[int, ...]
    prefix: re.Pattern[str] | None
    transformed: str | None
    leading: re.Pattern[str] | None
    shapes: tuple[Shape, ...]
    formats: tuple[Any, ...]
    fewest: int  # digits of any number dialled inside the region
    most: int

    def stripped(self, digits: str) -> tuple[str, bool]:
        """Without the national prefix, and whether there was one."""
        match = self.prefix.match(digits) if self.prefix and digits else None
        if match is None:
            return digits, False
        is_transformed = self.transformed and match.groups()[-1] is not None
        rest = (
            match.re.sub(self.transformed, digits, count=1)
            if self.transformed and is_transformed
            else digits[match.end() :]
        )
        return (digits, False) if self.general.fullmatch(digits) and not self.general.fullmatch(rest) else (rest, True)

    def is_too_long(self, digits: str) -> bool:
        """Whether no number of the region has so many digits."""
        return len(digits) not in self.local_lengths and len(digits) > self.lengths[-1]

    def is_taken(self, digits: str) -> bool:
        """Whether what is left without a prefix is long enough to be taken for the number."""
        return len(digits) not in self.local_lengths and (len(digits) in self.lengths or len(digits) > self.lengths[-1])

    def knows(self, digits: str) -> bool:
        """Whether a type of number of the region has these national digits."""
        general, *kinds = self.shapes
        return _has(general, digits) and any(_has(kind, digits) for kind in kinds)

    def needs_prefix(self, digits: str) -> bool:
        """Whether these national digits are written with the national prefix."""
        for one in self.formats:
            if one.leading_digits_pattern and not re.match(one.leading_digits_pattern[-1], digits):
                continue
            if re.fullmatch(one.pattern, digits):
                rule = one.national_prefix_formatting_rule
                return (
                    bool(rule) and not one.national_prefix_optional_when_formatting and not FIRST_GROUP.fullmatch(rule)
                )
        return False


@cache
def shortest(region: str) -> int:
    """Digits of the shortest national number of the region, or of one with the same country code."""
    code = country_code_for_region(region)
    return min(map(_shortest, COUNTRY_CODE_TO_REGION_CODE.get(code, (region,))))


def _shortest(region: str) -> int:
    known = _metadata(region)
    if known is None or known.general_desc is None:
        return 1
    added = re.sub(r"\\\d", "", known.national_prefix_transform_rule or "")  # an area code that parsing puts before
    return max(1, int(min(known.general_desc.possible_length)) - len(added))


@cache
def plan(region: str) -> Plan:
    """The plan of a region."""
    known = _metadata(region)
    general = known.general_desc
    kinds = [getattr(known, kind) for kind in KINDS]
    kinds += [] if known.same_mobile_and_fixed_line_pattern else [known.mobile]
    prefix = known.national_prefix_for_parsing
    code = str(country_code_for_region(region))
    return Plan(
        code=code,
        abroad=re.compile(known.international_prefix or "NonMatch"),
        general=re.compile(general.national_number_pattern or "(?!)"),
        lengths=tuple(general.possible_length),
        local_lengths=tuple(general.possible_length_local_only),
        prefix=re.compile(prefix) if prefix else None,
        transformed=known.national_prefix_transform_rule or None,
        leading=re.compile(known.leading_digits) if known.leading_digits is not None else None,
        shapes=tuple(_shape(kind) for kind in (general, *kinds) if kind and kind.national_number_pattern),
        formats=tuple(known.number_format),
        fewest=shortest(region),
        most=_longest(code) + len(code) + _widest(known) + _widest(_metadata(_regions(code)[0])),
    )


def _longest(code: str) -> int:
    known = (_metadata(region) for region in _regions(code))
    return max(int(max(one.general_desc.possible_length)) for one in known)


def _widest(known: Any) -> int:
    """Digits that taking off the national prefix takes off at most."""
    prefix = known.national_prefix_for_parsing
    return int(parser.parse(prefix).getwidth()[1]) if prefix else 0


def _metadata(region: str) -> Any:
    return PhoneMetadata.metadata_for_region(region, None)


def _shape(kind: Any) -> Shape:
    return frozenset(kind.possible_length), re.compile(kind.national_number_pattern)


def _has(shape: Shape, digits: str) -> bool:
    lengths, pattern = shape
    return (not lengths or len(digits) in lengths) and pattern.fullmatch(digits) is not None


@cache
def _regions(code: str) -> Sequence[str]:
    return [one for one in COUNTRY_CODE_TO_REGION_CODE[int(code)] if _metadata(one)]


@lru_cache(maxsize=1 << 16)
def is_number(digits: str, region: str) -> bool | None:
    """Whether these digits, dialled inside the region, are a number of its country code; none if they go abroad.

    Args:
        digits: ASCII, three or more.
        region: that the library supports.
    """
    own = plan(region)
    if own.abroad.match(digits):
        return None
    if not own.fewest <= len(digits) <= own.most:
        return False
    national, has_code = _without_code(own, digits)
    main = own if not has_code else plan(_regions(own.code)[0])
    if len(national) < FEWEST:
        return False
    shorter, _ = main.stripped(national)
    national = shorter if main.is_taken(shorter) else national
    return (
        FEWEST <= len(national) <= MOST
        and _is_valid(national, own.code)
        and (has_code or _is_written_so(national, digits, own.code))
    )


def _without_code(own: Plan, digits: str) -> tuple[str, bool]:
    if not digits.startswith(own.code):
        return digits, False
    rest, _ = own.stripped(digits[len(own.code) :])
    is_better = own.general.fullmatch(rest) and not own.general.fullmatch(digits)
    return (rest, True) if is_better or own.is_too_long(digits) else (digits, False)


def _is_valid(national: str, code: str) -> bool:
    regions = _regions(code)
    if len(regions) == 1:
        return plan(regions[0]).knows(national)
    for region in regions:
        leading = plan(region).leading
        if leading is None:
            if plan(region).knows(national):
                return True
        elif leading.match(national):
            return plan(region).knows(national)
    return False


def _is_written_so(national: str, digits: str, code: str) -> bool:
    main = plan(_regions(code)[0])
    return not main.needs_prefix(national) or main.stripped(digits)[1]
