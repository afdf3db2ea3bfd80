"""Bare digits are judged as `phonenumbers` parses and verifies them, in every region."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import Leniency, NumberParseException, phonenumbermatcher

from pipeline.models.phone_plans import is_behind_plus, is_number, plan

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
EXAMPLES = sorted(
    {
        phonenumbers.national_significant_number(number)
        for region in REGIONS
        for kind in range(11)
        if (number := phonenumbers.example_number_for_type(region, kind))
    }
)
PREFIXES = ("", "", "0", "1", "8", "9", "15", "06", "00", "011", "031")


def by_the_library(digits: str, region: str) -> bool:
    try:
        number = phonenumbers.parse(digits, region, keep_raw_input=True)
    except NumberParseException:
        return False
    return bool(phonenumbermatcher._verify(Leniency.VALID, number, digits, None))


@settings(max_examples=1500)
@given(
    st.sampled_from(REGIONS),
    st.sampled_from(PREFIXES),
    st.booleans(),
    st.one_of(st.sampled_from(EXAMPLES), st.text("0123456789", min_size=3, max_size=18)),
    st.text("0123456789", max_size=2),
)
def test_digits_are_judged_as_the_library_judges_them(
    region: str, prefix: str, has_code: bool, digits: str, more: str
) -> None:
    dialled = f"{prefix}{plan(region).code if has_code else ''}{digits}{more}"
    got = is_number(dialled, region)
    assert got is None or got == by_the_library(dialled, region)


@settings(max_examples=1500)
@given(
    st.sampled_from(REGIONS),
    st.sampled_from(REGIONS),
    st.sampled_from(PREFIXES),
    st.one_of(st.sampled_from(EXAMPLES), st.text("0123456789", min_size=1, max_size=16)),
    st.text("0123456789", max_size=2),
)
def test_digits_behind_a_plus_sign_are_judged_as_the_library_judges_them_wherever_they_are_dialled(
    region: str, of: str, prefix: str, digits: str, more: str
) -> None:
    dialled = f"{plan(of).code}{prefix}{digits}{more}"
    got = is_behind_plus(dialled)
    assert got is None or got == by_the_library(f"+{dialled}", region)


@pytest.mark.parametrize("region", ["US", "GB", "DE", "FR", "IL", "IN", "CA", "BR", "CN", "HK"])
def test_example_numbers_are_judged_alike_wherever_they_are_dialled(region: str) -> None:
    for digits in EXAMPLES:
        for prefix in ("", "0"):
            got = is_number(prefix + digits, region)
            assert got is None or got == by_the_library(prefix + digits, region), prefix + digits
