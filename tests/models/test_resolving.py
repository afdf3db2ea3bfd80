"""Overlapping findings: one is chosen, and what any finding to act on covers stays covered."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.models.personal import finder
from pipeline.models.resolving import resolved, rules_by_type, together

FIND = finder(languages=())
TYPES = ("CN_RESIDENT_ID", "CREDIT_CARD", "CN_BANK_CARD", "CN_MOBILE", "CN_USCC", "CN_PLATE", "LOCATION", "PERSON")
FINDINGS = st.lists(
    st.tuples(
        st.integers(0, 30), st.integers(1, 12), st.sampled_from(TYPES), st.sampled_from((100_000, 450_000, 1_000_000))
    ).map(lambda drawn: (drawn[0], drawn[0] + drawn[1], drawn[2], drawn[3], rules_by_type()[drawn[2]].id)),
    max_size=9,
)


def covered(found: list) -> set[int]:
    """Characters of findings that are redacted."""
    known = rules_by_type()
    acted = [f for f in found if known[f[2]].action == "redact" and f[3] >= known[f[2]].threshold_ppm]
    return {at for start, end, *_ in acted for at in range(start, end)}


@given(FINDINGS)
def test_what_any_finding_to_act_on_covers_stays_covered_and_nothing_overlaps(found: list) -> None:
    got = resolved(found)

    assert covered(got) == covered(found)
    assert all(one[1] <= after[0] for one, after in pairwise(got))
    assert resolved(got) == got


@given(FINDINGS, FINDINGS)
def test_more_findings_uncover_nothing(found: list, more: list) -> None:
    assert covered(together(resolved(found), resolved(more))) == covered(found) | covered(more)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("身份号码「6401 0419 6312 2508 69」", "CN_RESIDENT_ID"),
        ("身份证号：「6401-0419-6312-2508-69」", "CN_RESIDENT_ID"),
        ("身份号码「640104196312250869」", "CN_RESIDENT_ID"),
        ("卡号：「6222021234567894」", "CN_BANK_CARD"),
        ("卡号：「4111 1111 1111 1111」", "CREDIT_CARD"),
        ("银行卡「6222 0212 3456 7890 128」手机", "CN_BANK_CARD"),
        ("统一社会信用代码：「924403004111111111」", "CN_SOLE_TRADER_CODE"),
        ("地址、电话:浙江省杭州市西湖区文三路80号5楼 「057l-46080479」", "PHONE_NUMBER"),
    ],
)
def test_the_larger_of_two_goes_first_and_no_digit_is_left(text: str, want: str) -> None:
    before, value, after = text.replace("」", "「").split("「")
    place = (len(before), len(before) + len(value))

    found = FIND([before + value + after], ["zh"], "never")[0]

    assert set(range(*place)) <= covered(found)
    assert want in [kind for start, end, kind, *_ in found if start < place[1] and place[0] < end]
