"""Letters that a scanner reads for digits: found where a check or a label makes it certain, nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.models.accelerated import accelerated
from pipeline.models.personal import finder
from pipeline.models.recognizers.scanned import ScannedPhone, is_misread, repaired

PHONE = accelerated([ScannedPhone()])
FOUND = [
    ("证件11o105l9491231002X号", "CN_RESIDENT_ID", "11o105l9491231002X"),
    ("card 4539 l488 O343 6467.", "CN_BANK_CARD", "4539 l488 O343 6467"),
    ("电话02l-6446O634", "PHONE_NUMBER", "02l-6446O634"),
    ("请致电1778O546148", "PHONE_NUMBER", "1778O546148"),
    ("Tel. (2l2) 555-O123", "PHONE_NUMBER", "(2l2) 555-O123"),
    ("我的QQ：1O23456789", "CN_QQ", "1O23456789"),
    ("SSN: 584-3l-53l7", "US_SSN", "584-3l-53l7"),
    ("手机IMEI:49O154203237518", "IMEI", "49O154203237518"),
]


def kinds(text: str) -> dict[str, str]:
    [row] = finder()([text], ["zh" if "号" in text else "en"], "never")
    return {text[start:end]: kind for start, end, kind, ppm, _ in row if ppm >= 400_000}


@pytest.mark.parametrize(("text", "kind", "value"), FOUND)
def test_a_misread_number_is_found(text: str, kind: str, value: str) -> None:
    assert kinds(text) == {value: kind}


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("微 信wx_li6023也行", "CN_WECHAT", "wx_li6023"),
        ("家长电 话19942182O85,家庭", "CN_MOBILE", "19942182O85"),
        ("档案 编号:110040214620,准驾", "CN_DRIVING_LICENCE", "110040214620"),
        ("证件件号码：420106195204032079", "CN_RESIDENT_ID", "420106195204032079"),
        ("港澳通行行证C77289432", "CN_TRAVEL_PERMIT", "C77289432"),
        ("1991年10月10日出 生,手机", "BIRTH_DATE", "1991年10月10日"),
    ],
)
def test_a_label_with_a_stray_space_or_a_character_twice_is_one(text: str, kind: str, value: str) -> None:
    assert kinds(text) == {value: kind}


@pytest.mark.parametrize(
    "text",
    [
        "编号11O105194912310021没有",  # a wrong check digit and no context
        "part 4539l488O3436468 rev 2",  # no Luhn digit
        "see 1778O546148 and 02l-6446O634",  # no word for telephone
        "the lOO1-llOI bus, IOOOOOOOOOOOOOOl, 10O and l0O",
        "sha 4539148803436467abcdefl0O",
    ],
)
def test_without_check_or_context_it_is_no_number(text: str) -> None:
    assert kinds(text) == {}


@given(st.from_regex(r"[0-9]{8}[0-9OlI]{8}", fullmatch=True))
def test_repaired_has_digits_only(number: str) -> None:
    assert repaired(number).isdigit()
    assert is_misread(number) == (1 <= sum(c.isalpha() for c in number) <= 4)


@given(st.from_regex(r"\A(?:\([2-9][0-9OlI]{2}\) [2-9][0-9OlI]{2}-[0-9OlI]{4}|[0O]2[0-9OlI]-[0-9OlI]{7})\Z"))
def test_a_misread_telephone_is_found_behind_the_prefilter_as_alone(number: str) -> None:
    text = f"Tel. {number}."
    [found] = PHONE.hits(text)
    assert found == [(one.start, one.end, one.score) for one in ScannedPhone().analyze(text, ["PHONE_NUMBER"])]
