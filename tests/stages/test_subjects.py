"""Subjects: two spellings of one identifier have one tag, and without the key a tag says nothing."""

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.schemas import DOCUMENTS, FINDINGS, conform
from pipeline.stages.personal import subjects
from tests.tables import table

KEY, OTHER = b"k" * 32, b"o" * 32


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("CN_MOBILE", "13800138000", "+86 138-0013-8000"),
        ("CN_MOBILE", "13800138000", "１３８００１３８０００"),
        ("PHONE_NUMBER", "13800138000", "008613800138000"),
        ("CN_BANK_CARD", "6222021234567890128", "6222 0212 3456 7890 128"),
        ("EMAIL_ADDRESS", "Li.Lei@Example.com", "li.lei@example.com"),
        ("CN_RESIDENT_ID", "11010519491231002x", "11010519491231002X"),
    ],
)
def test_two_spellings_of_one_identifier_have_one_tag(kind: str, one: str, other: str) -> None:
    assert subjects.tag(KEY, kind, one) == subjects.tag(KEY, kind, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("CN_MOBILE", "13800138000"), ("CN_MOBILE", "13800138001")),
        (("CN_MOBILE", "13800138000"), ("CN_BANK_CARD", "13800138000")),
        (("EMAIL_ADDRESS", "a.b@example.com"), ("EMAIL_ADDRESS", "ab@example.com")),
    ],
)
def test_two_identifiers_have_two_tags(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert subjects.tag(KEY, *one) != subjects.tag(KEY, *other)


def test_types_that_find_the_same_kind_of_number_share_a_family() -> None:
    assert subjects.tag(KEY, "CREDIT_CARD", "4111 1111 1111 1111") == subjects.tag(
        KEY, "CN_BANK_CARD", "4111111111111111"
    )


@given(st.text(), st.sampled_from(["CN_MOBILE", "EMAIL_ADDRESS", "PERSON"]))
def test_another_key_gives_another_tag(value: str, kind: str) -> None:
    assert subjects.tag(KEY, kind, value) != subjects.tag(OTHER, kind, value)
    assert len(subjects.tag(KEY, kind, value)) == 16


def test_the_index_names_every_finding_with_its_place_ascending_by_tag() -> None:
    documents = conform(
        {
            "doc_id": [7, 9],
            "source_id": ["chats"] * 2,
            "text": ["致电13800138000或13800138001", "none"],
            "lang": ["zh", "en"],
            "content_hmac": [bytes(32)] * 2,
            "locator": ["private"] * 2,
        },
        DOCUMENTS,
    )
    found = [
        {"start": 2, "end": 13, "type": "CN_MOBILE", "score_ppm": 1_000_000, "rule_id": "PII.R010"},
        {"start": 14, "end": 25, "type": "CN_MOBILE", "score_ppm": 1_000_000, "rule_id": "PII.R010"},
    ]
    findings = conform({"doc_id": [7, 9], "findings": pa.array([found, []], FINDINGS.field(1).type)}, FINDINGS)

    index = subjects.index(documents, findings, KEY)

    tags = index.column("subject_tag").to_pylist()
    assert tags == sorted([subjects.tag(KEY, "CN_MOBILE", n) for n in ("13800138000", "13800138001")])
    assert index.drop_columns("subject_tag").sort_by("start") == table(
        """
        entity_type | doc_id | start | end
        CN_MOBILE   | 7      | 2     | 13
        CN_MOBILE   | 7      | 14    | 25
        """,
        index.drop_columns("subject_tag").schema,
    )


@given(st.text(), st.sampled_from(["EMAIL_ADDRESS", "PERSON", "phone"]))
def test_one_spelling_is_letters_and_digits_in_their_order(value: str, name: str) -> None:
    folded = unicodedata.normalize("NFKC", value).casefold()
    kept = {"EMAIL_ADDRESS": lambda c: c.isalnum() or c in "@._+-", "PERSON": str.isalnum, "phone": str.isdigit}[name]
    plain = "".join(filter(kept, folded))

    assert subjects.normal(name, value) in {plain, plain.removeprefix("0086").removeprefix("86")}


@pytest.mark.parametrize(
    ("kind", "value", "text", "is_there"),
    [
        ("CN_MOBILE", "138 0013 8000", "call 138-0013-8000 today", True),
        ("CN_MOBILE", "13800138000", "１３８００１３８０００", True),
        ("CN_MOBILE", "13800138000", "8613800138000", True),
        ("CN_MOBILE", "13800138000", "13800138000", True),
        ("CN_MOBILE", "13800138000", "113800138000", False),
        ("CN_MOBILE", "13800138000", "138001380001", False),
        ("CN_MOBILE", "13800138000", "138 then 00138000", False),
        ("PERSON", "Li Lei", "said LI\nLEI.", True),
        ("PERSON", "上官秋白", "我叫上官 秋白", True),
        ("EMAIL_ADDRESS", "A.b@Example.org", "<a.b@example.ORG>", True),
    ],
)
def test_an_identifier_is_found_in_whatever_spelling(kind: str, value: str, text: str, is_there: bool) -> None:
    found = subjects.pattern(kind, value)
    assert found is not None
    assert bool(found.search(subjects.folded(pa.array([text]))[0].as_py())) is is_there


def test_nothing_has_no_pattern() -> None:
    assert subjects.pattern("CN_MOBILE", " -no digits- ") is None
