"""Whether bare digits are a number of a region as `phonenumbers` parses and verifies them, without its objects.

What the library does with a text of digits, spaces, brackets, dots, slashes and hyphens, dialled inside a region, at
leniency VALID: take the country code and the national prefix off, look whether a plan knows the rest, and whether the
prefix had to be there. Services of no region are left to the library. A test compares both for every region.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import regex
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, country_code_for_region

FEWEST, MOST = 2, 17
"""Digits of a national number."""
MOST_CODE = 3
"""Digits of a country code."""
KINDS = "premium_rate toll_free shared_cost voip personal_number pager uan voicemail fixed_line".split()
FIRST_GROUP = re.compile(r"\(?\\1\)?")


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
    known: dict[int, re.Pattern[str]]  # by how many digits, the numbers of any type
    formats: tuple[tuple[re.Pattern[str] | None, re.Pattern[str], bool], ...]  # leading digits, all, with the prefix
    fewest: int  # digits of any number dialled inside the region
    most: int
    abroad_firsts: frozenset[str]  # digits with which an international prefix begins
    prefix_firsts: frozenset[str]  # and a national one

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

    def national(self, digits: str) -> str:
        """Without the national prefix, where what is left is long enough to be the number."""
        if digits[0] not in self.prefix_firsts:
            return digits
        shorter, _ = self.stripped(digits)
        return shorter if self.is_taken(shorter) else digits

    def is_too_long(self, digits: str) -> bool:
        """Whether no number of the region has so many digits."""
        return len(digits) not in self.local_lengths and len(digits) > self.lengths[-1]

    def is_taken(self, digits: str) -> bool:
        """Whether what is left without a prefix is long enough to be taken for the number."""
        return len(digits) not in self.local_lengths and (len(digits) in self.lengths or len(digits) > self.lengths[-1])

    def knows(self, digits: str) -> bool:
        """Whether a type of number of the region has these national digits."""
        one = self.known.get(len(digits))
        return one is not None and one.fullmatch(digits) is not None

    def needs_prefix(self, digits: str) -> bool:
        """Whether these national digits are written with the national prefix."""
        for leading, whole, is_prefixed in self.formats:
            if (leading is None or leading.match(digits)) and whole.fullmatch(digits):
                return is_prefixed
        return False


@cache
def shortest(region: str) -> int:
    """Digits of the shortest national number of the region, or of one with the same country code."""
    code = country_code_for_region(region)
    return min(map(_shortest, COUNTRY_CODE_TO_REGION_CODE.get(code, (region,))))


def longest(region: str) -> int:
    """Digits of the longest number as it is dialled inside the region, abroad included."""
    abroad = parser.parse(_metadata(region).international_prefix or "").getwidth()[1]
    return max(plan(region).most, int(abroad) + MOST_CODE + MOST)


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
        known=_by_length(general, [kind for kind in kinds if kind and kind.national_number_pattern]),
        formats=tuple(map(_format, known.number_format)),
        fewest=shortest(region),
        most=_longest(code) + len(code) + _widest(known) + _widest(_metadata(_regions(code)[0])),
        abroad_firsts=_firsts(known.international_prefix),
        prefix_firsts=_firsts(prefix),
    )


def _format(one: Any) -> tuple[re.Pattern[str] | None, re.Pattern[str], bool]:
    leading, rule = one.leading_digits_pattern, one.national_prefix_formatting_rule
    is_prefixed = bool(rule) and not one.national_prefix_optional_when_formatting and not FIRST_GROUP.fullmatch(rule)
    return re.compile(leading[-1]) if leading else None, re.compile(one.pattern), is_prefixed


def _longest(code: str) -> int:
    known = (_metadata(region) for region in _regions(code))
    return max(int(max(one.general_desc.possible_length)) for one in known)


def _widest(known: Any) -> int:
    """Digits that taking off the national prefix takes off at most."""
    prefix = known.national_prefix_for_parsing
    return int(parser.parse(prefix).getwidth()[1]) if prefix else 0


def _firsts(pattern: str | None) -> frozenset[str]:
    """The digits with which a match of a pattern can begin."""
    known = regex.compile(pattern) if pattern else None
    return frozenset(digit for digit in "0123456789" if known and known.fullmatch(digit, partial=True))


def _metadata(region: str) -> Any:
    return PhoneMetadata.metadata_for_region(region, None)


def _by_length(general: Any, kinds: Sequence[Any]) -> dict[int, re.Pattern[str]]:
    """The digits that the general pattern and one of a type both have, by length; no lengths are all lengths."""
    found = {}
    for length in general.possible_length or range(FEWEST, MOST + 1):
        some = [one.national_number_pattern for one in kinds if length in (one.possible_length or (length,))]
        if some:
            found[length] = re.compile(rf"(?=(?:{general.national_number_pattern})\Z)(?:{'|'.join(some)})\Z")
    return found


@cache
def _regions(code: str) -> Sequence[str]:
    return [one for one in COUNTRY_CODE_TO_REGION_CODE[int(code)] if _metadata(one)]


@cache
def _leading(code: str) -> re.Pattern[str] | None:
    """What the numbers begin with of regions that share a country code and are told apart so; none where none are."""
    some = [one.pattern for region in _regions(code) if (one := plan(region).leading)]
    return re.compile("|".join(f"(?:{one})" for one in some)) if some else None


def is_number(digits: str, region: str) -> bool | None:
    """Whether these digits, dialled inside the region, are a number; none if they go to no region but a service.

    Args:
        digits: ASCII, three or more.
        region: that the library supports.
    """
    own = plan(region)
    prefix = own.abroad.match(digits) if digits[0] in own.abroad_firsts else None
    if prefix and not digits.startswith("0", prefix.end()):
        return _is_abroad(digits[prefix.end() :])
    if not own.fewest <= len(digits) <= own.most:
        return False
    national, has_code = _without_code(own, digits) if digits.startswith(own.code) else (digits, False)
    main = own if not has_code else plan(_regions(own.code)[0])
    if len(national) < FEWEST:
        return False
    national = main.national(national)
    return _is_valid(national, own.code) and (has_code or _is_written_so(national, digits, own.code))


def is_behind_plus(digits: str) -> bool | None:
    """Whether digits behind a plus sign are a number, wherever they are dialled; none if the library must say.

    Args:
        digits: ASCII.
    """
    return None if digits.startswith("0") or _code(digits) is None else _is_abroad(digits)


def _code(digits: str) -> str | None:
    """The country code that they begin with."""
    every = (digits[:n] for n in range(1, MOST_CODE + 1))
    return next((one for one in every if int(one or 0) in COUNTRY_CODE_TO_REGION_CODE), None)


def _is_abroad(digits: str) -> bool | None:
    """Whether digits behind an international prefix are a number; none if their country code is no region's."""
    code = _code(digits)
    national = digits[len(code or "") :]
    if code is None or len(national) < FEWEST:
        return False
    return _is_valid(plan(_regions(code)[0]).national(national), code) if _regions(code) else None


def _without_code(own: Plan, digits: str) -> tuple[str, bool]:
    rest, _ = own.stripped(digits[len(own.code) :])
    is_better = own.general.fullmatch(rest) and not own.general.fullmatch(digits)
    return (rest, True) if is_better or own.is_too_long(digits) else (digits, False)


def _is_valid(national: str, code: str) -> bool:
    leading = _leading(code)
    if leading is None or not leading.match(national):
        known = _unled(code).get(len(national))
        return known is not None and known.fullmatch(national) is not None
    for region in _regions(code):
        one = plan(region)
        if one.leading is None:
            if one.knows(national):
                return True
        elif one.leading.match(national):
            return one.knows(national)
    return False


@cache
def _unled(code: str) -> dict[int, re.Pattern[str]]:
    """The numbers of the regions that no digits tell apart from others of their country code, by length."""
    plans = [one for region in _regions(code) if (one := plan(region)).leading is None]
    lengths = {length for one in plans for length in one.known if FEWEST <= length <= MOST}
    return {
        length: re.compile("|".join(f"(?:{one.known[length].pattern})" for one in plans if length in one.known))
        for length in lengths
    }


def _is_written_so(national: str, digits: str, code: str) -> bool:
    main = plan(_regions(code)[0])
    return not main.needs_prefix(national) or main.stripped(digits)[1]
