from functools import cache
from itertools import product

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberMatcher, PhoneNumberType

from pipeline.models.accelerated import accelerated
from pipeline.models.phones import numbers
from pipeline.models.recognizers.pinned import REGIONS, LinePhone

STOCK = ("US", "GB", "DE", "FR", "IL", "IN", "CA", "BR")
EVERY = tuple(sorted(phonenumbers.SUPPORTED_REGIONS))
FORMATS = (PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.E164)
KINDS = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.TOLL_FREE)
DRAWN = sorted(
    {
        phonenumbers.format_number(number, form)
        for region, kind, form in product(EVERY, KINDS, FORMATS)
        if (number := phonenumbers.example_number_for_type(region, kind))
    }
)
PIECES = st.sampled_from(
    """ |, |-|/|.|(|)|+|00|011|x|ext 12|#|~|:|:30|a|é|中|$|%|1|0|23|456|7890|2024|2024-01-05|10:04:04|12/10/2011|\\n|\\t|１２３|٣|；|＋
    |310 1234|16469|;ext=5| int 3|doi|\u200b|\u3000|1 (|- |211-227 (2003)|0 0 |20190813|1381234567""".replace("\n    ", "")
    .replace("\\n", "\n").replace("\\t", "\t").split("|")
)  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, st.sampled_from(DRAWN)), max_size=8).map("".join)


def expected(text: str, regions: tuple[str, ...], leniency: int) -> set[tuple[int, int]]:
    return {(m.start, m.end) for r in regions for m in PhoneNumberMatcher(text, r, leniency=leniency)}


@settings(max_examples=250)
@given(TEXTS, st.sampled_from([0, 1, 2, 3]))
def test_one_pass_finds_the_numbers_of_eight_matchers(text: str, leniency: int) -> None:
    assert numbers(text, (0, len(text)), STOCK, leniency) == expected(text, STOCK, leniency)


@settings(max_examples=60)
@given(TEXTS, st.lists(st.sampled_from(EVERY), min_size=1, max_size=12).map(tuple))
def test_any_regions_may_be_asked_for(text: str, regions: tuple[str, ...]) -> None:
    assert numbers(text, (0, len(text)), regions, 1) == expected(text, regions, 1)


@pytest.mark.parametrize("at", range(0, len(DRAWN), 40))
def test_the_example_numbers_of_all_regions_are_found_or_not_as_the_library_does(at: int) -> None:
    for text in DRAWN[at : at + 40]:
        assert numbers(text, (0, len(text)), REGIONS, 1) == expected(text, REGIONS, 1), text


@settings(max_examples=150)
@given(TEXTS)
def test_our_phones_score_alike_behind_the_prefilter(text: str) -> None:
    one, fast = LinePhone(), line_phone()
    assert sorted(fast.hits(text)[0]) == sorted((f.start, f.end, f.score) for f in one.analyze(text, []))


@cache
def line_phone():
    return accelerated([LinePhone()])
