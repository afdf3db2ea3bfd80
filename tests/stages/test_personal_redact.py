"""Redaction: every mode, consistent inside a document, overlaps as Presidio resolves them, equal to plain Python."""

from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from presidio_anonymizer import AnonymizerEngine
from presidio_anonymizer.entities import RecognizerResult

from pipeline.errors import EvidenceMissing, InputMissing
from pipeline.kernels.masking import dropped, masked
from pipeline.models.recognizers.check_digits import luhn
from pipeline.models.surrogates import surrogate
from pipeline.rules.personal import EntityRule, rules
from pipeline.stages.personal.modes import Keyed
from pipeline.stages.personal.policy import located
from pipeline.stages.personal.redact import plan, splice

KEYED = Keyed(key=b"k" * 32, surrogate=surrogate)
TYPES = ("EMAIL_ADDRESS", "CN_MOBILE", "CREDIT_CARD")
Found = tuple[int, int, str]


def ruled(mode: str, shown: int = 0) -> tuple[EntityRule, ...]:
    return tuple(replace(rule, mode=mode, shown=shown) for rule in rules())


def redacted(texts: list[str], found: list[list[Found]], of: tuple[EntityRule, ...], keyed: Keyed = KEYED) -> list[str]:
    rows = [[(s, e, kind, 1_000_000 - i, "R") for i, (s, e, kind) in enumerate(row)] for row in found]
    array = pa.array(texts, pa.string())
    planned = plan(array, located(pa.array(range(len(texts)), pa.int64()), rows), of, keyed)
    return splice(array, planned.spans, planned.replacements).to_pylist()


def at(text: str, **values: str) -> list[Found]:
    """The places of the values, by type."""
    return sorted((text.index(v), text.index(v) + len(v), kind) for kind, v in values.items())


@pytest.mark.parametrize(
    ("mode", "text", "values", "want"),
    [
        ("placeholder", "打13800138000吧", {"CN_MOBILE": "13800138000"}, "打<CN_MOBILE_1>吧"),
        ("mask", "打138-0013-8000吧", {"CN_MOBILE": "138-0013-8000"}, "打***-****-****吧"),
        ("mask", "a.b@example.com", {"EMAIL_ADDRESS": "a.b@example.com"}, "*.*@*******.***"),
        ("drop_span", "打13800138000吧", {"CN_MOBILE": "13800138000"}, "打吧"),
        ("drop_span", "打13800138000, 5", {"CN_MOBILE": "13800138000"}, "打<>, 5"),
    ],
)  # fmt: skip
def test_each_mode_writes(mode: str, text: str, values: dict[str, str], want: str) -> None:
    assert redacted([text], [at(text, **values)], ruled(mode)) == [want]


def test_one_value_has_one_number_in_a_document_however_it_is_spelled() -> None:
    text = "13800138000 a@b.com 13900139000 +86 138-0013-8000 A@b.com"
    found = [(0, 11, "CN_MOBILE"), (12, 19, "EMAIL_ADDRESS"), (20, 31, "CN_MOBILE"), (32, 49, "CN_MOBILE"),
             (50, 57, "EMAIL_ADDRESS")]  # fmt: skip
    one = "<CN_MOBILE_1> <EMAIL_ADDRESS_1> <CN_MOBILE_2> <CN_MOBILE_1> <EMAIL_ADDRESS_1>"
    other = redacted(["x", "13900139000"], [[], [(0, 11, "CN_MOBILE")]], ruled("placeholder"))
    assert redacted([text], [found], ruled("placeholder")) == [one]
    assert other == ["x", "<CN_MOBILE_1>"]


def test_the_thousandth_value_and_later_ones_share_a_placeholder_without_a_number() -> None:
    numbers = [f"138{i:08d}" for i in range(1001)]
    found = [(12 * i, 12 * i + 11, "CN_MOBILE") for i in range(1001)]
    [got] = redacted([" ".join(numbers)], [found], ruled("placeholder"))
    assert got.split()[998:] == ["<CN_MOBILE_999>", "<CN_MOBILE>", "<CN_MOBILE>"]


@pytest.mark.parametrize("mode", ["pseudonym", "surrogate"])
def test_a_pseudonym_is_one_per_person_and_key_across_documents(mode: str) -> None:
    texts = ["13800138000", "+8613800138000", "13900139000"]
    found = [[(0, len(t), "CN_MOBILE")] for t in texts]
    one, same, other = redacted(texts, found, ruled(mode))
    assert one[-8:] == same[-8:] != other[-8:]
    again = redacted(texts, found, ruled(mode), Keyed(key=b"o" * 32, surrogate=surrogate))
    assert one not in again
    assert not any(t in got for t in texts for got in (one, same, other))


def test_modes_that_need_a_key_say_so_without_one() -> None:
    for mode in ("pseudonym", "surrogate"):
        with pytest.raises(InputMissing, match="no key"):
            redacted(["13800138000"], [[(0, 11, "CN_MOBILE")]], ruled(mode), Keyed())


@given(st.integers(0, 2**48 - 1))
def test_surrogates_keep_the_format_and_fail_their_check(seed: int) -> None:
    card = surrogate("CREDIT_CARD", "4111 1111 1111 1111", seed)
    assert [c == " " for c in card] == [c == " " for c in "4111 1111 1111 1111"]
    assert not luhn(card.replace(" ", ""))
    assert surrogate("CN_RESIDENT_ID", "11010519491231002X", seed)[10:12] == "00"
    assert surrogate("CN_MOBILE", "１３８００１３８０００", seed).startswith("100")
    assert surrogate("US_SSN", "536-90-4399", seed).startswith("000-")
    assert surrogate("EMAIL_ADDRESS", "a@b.com", seed).endswith("@example.com")
    assert surrogate("IP_ADDRESS", "81.2.69.142", seed).startswith("192.0.2.")


def test_surrogate_names_are_of_the_script_of_the_name() -> None:
    assert surrogate("PERSON", "Jane Doe", 7).isascii()
    assert not surrogate("PERSON", "张伟", 7).isascii()
    assert surrogate("PERSON", "张伟", 7) == surrogate("PERSON", "李娜", 7)


@given(st.text(max_size=40), st.integers(0, 5))
def test_a_mask_keeps_length_and_format_and_no_letter_or_digit(value: str, shown: int) -> None:
    got = masked(value, shown)
    assert len(got) == len(value)
    assert got[:shown] == value[:shown]
    assert not any(c.isalnum() for c in got[shown:])


def test_a_dropped_span_leaves_a_mark_only_where_parts_would_grow_together() -> None:
    assert [dropped(b) for b in ("", "。", "元", "123", " -12", "b", "３")] == ["", "", "", "<>", "<>", "<>", "<>"]


def test_a_finding_outside_its_document_is_refused() -> None:
    with pytest.raises(EvidenceMissing):
        redacted(["ab"], [[(0, 3, "CN_MOBILE")]], ruled("placeholder"))


SPANS = st.tuples(st.integers(0, 19), st.integers(1, 6), st.sampled_from(TYPES))


@settings(max_examples=150)
@given(st.lists(SPANS, max_size=6))
def test_overlaps_are_resolved_as_presidio_does(drawn: list[tuple[int, int, str]]) -> None:
    text = "abcdefghijklmnopqrstuvwxyz"
    found = list({(s, s + n): (s, s + n, kind) for s, n, kind in drawn}.values())
    theirs = AnonymizerEngine().anonymize(
        text,
        [RecognizerResult(kind, s, e, 1 - i / 1_000_000) for i, (s, e, kind) in enumerate(found)],
        None,
    )
    unnumbered = [replace(rule, placeholder=f"<{rule.entity}>", mode="placeholder") for rule in rules()]
    [ours] = redacted([text], [found], tuple(unnumbered))
    for n in range(1, 7):
        ours = ours.replace(f"_{n}>", ">")
    assert ours == theirs.text
