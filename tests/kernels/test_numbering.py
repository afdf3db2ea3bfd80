"""Values are spelled and numbered as plain Python would, whatever they hold."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels.numbering import LETTERS_AND_DIGITS, MAIL, PHONE, numbered
from pipeline.stages.personal.subjects import normal

NAMES = {LETTERS_AND_DIGITS: "", MAIL: "EMAIL_ADDRESS", PHONE: "phone"}
FORMS = np.array(sorted(NAMES), np.int64)
VALUE = st.text(st.sampled_from("aA1086 -+.@_(汉丑Ａ１é ㎏ßİ\u0301😀"), max_size=16)


def numbers(values: list[str], rows: list[int], groups: list[int]) -> list[int]:
    columns = (np.array(column, np.int64) for column in (rows, groups))
    array = pa.array(values, pa.large_string())
    return numbered(array, *columns, FORMS, lambda form, value: normal(NAMES[form], value)).tolist()


@settings(max_examples=300)
@given(st.lists(st.tuples(VALUE, st.integers(0, 3), st.sampled_from(FORMS.tolist())), max_size=20))
def test_numbers_are_those_of_plain_python(drawn: list[tuple[str, int, int]]) -> None:
    drawn.sort(key=lambda one: one[1])
    seen: dict[tuple[int, int], dict[str, int]] = {}
    want = []
    for value, row, form in drawn:
        known = seen.setdefault((row, form), {})
        want.append(known.setdefault(normal(NAMES[form], value), len(known) + 1))
    values, rows, groups = ([one[at] for one in drawn] for at in range(3))
    assert numbers(values, rows, groups) == want


@pytest.mark.parametrize("value", ["+86 13800138000", "0086 13800138000", "008613800138000", "+86-86-13800138000"])
def test_a_country_code_before_a_long_number_does_not_count(value: str) -> None:
    assert numbers(["13800138000", value], [0, 0], [PHONE, PHONE]) == [1, 1 if normal("phone", value)[0] == "1" else 2]


def test_no_form_and_no_case_changes_a_han_character() -> None:
    han = "".join(map(chr, range(0x4E00, 0xA000)))
    assert normal("", han) == han
    assert normal("EMAIL_ADDRESS", han) == han
    assert normal("phone", han) == ""


def test_many_values_of_one_document_are_told_apart() -> None:
    values = [f"user{i}@example.com" for i in range(3000)] * 2
    assert numbers(values, [0] * 6000, [MAIL] * 6000) == [*range(1, 3001)] * 2
