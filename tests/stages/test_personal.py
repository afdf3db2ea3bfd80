import hmac
from functools import cache

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import EvidenceMissing, RuleMalformed
from pipeline.models.personal import finder
from pipeline.rules.personal import by_entity, rules
from pipeline.schemas import DECISIONS, DOCUMENTS, FINDINGS, conform
from pipeline.stages import personal
from pipeline.stages.personal.acting import acts
from tests.tables import columns, table

KEY = b"k" * 32
PIECES = st.sampled_from(
    ["手机", "card ", "13812345678", "a@b.com", "4111111111111111", "81.2.69.142", " ", "\n", "的", "phone ", "5551234567",
     "11010519491231002X", "11010519491231002", "-", "+86", "1", "::", "QQ", "６２", "é", "010-62345678", "😀", "<", "京A1", "2345"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=14).map("".join)


@cache
def gated():
    return finder()


@cache
def ungated():
    return finder(gated=False)


def documents(*texts: str) -> pa.Table:
    n = len(texts)
    columns_of = {
        "doc_id": list(range(n)),
        "source_id": ["s"] * n,
        "text": list(texts),
        "lang": ["en" if t.isascii() else "zh" for t in texts],
    }
    return conform(columns_of | {"content_hmac": [b"0" * 32] * n, "locator": ["l"] * n}, DOCUMENTS)


def redacted(found: pa.Table, *texts: str) -> list[str]:
    return personal.apply(documents(*texts), found, rules(), content_key=KEY).column("text").to_pylist()


def acted(text: str, entity: str) -> bool:
    found = personal.measure(documents(text), find=gated(), names="never")
    known = by_entity(rules())
    rows = found.column("findings")[0].as_py()
    kinds = {one["type"] for one in rows if acts(known[one["type"]], one["score_ppm"])}
    assert (redacted(found, text)[0] != text) == bool(kinds)
    return entity in kinds


@pytest.mark.parametrize(("entity", "text"), [(r.entity, t) for r in rules() for t in r.fails])
def test_each_rule_acts_on_its_failing_examples(entity: str, text: str) -> None:
    assert acted(text, entity)


@pytest.mark.parametrize(("entity", "text"), [(r.entity, t) for r in rules() for t in r.passes])
def test_each_rule_leaves_its_passing_examples(entity: str, text: str) -> None:
    assert not acted(text, entity)


def test_the_most_severe_finding_decides_and_reported_findings_only_count() -> None:
    found = table("""
        doc_id | n_chars | findings
        0      |         | [{"start":0,"end":2,"type":"PERSON","score_ppm":850000,"rule_id":"PII.R030"}]
        1      |         | [{"start":0,"end":7,"type":"EMAIL_ADDRESS","score_ppm":1000000,"rule_id":"PII.R013"},{"start":8,"end":9,"type":"CN_MOBILE","score_ppm":600000,"rule_id":"PII.R010"}]
        2      |         | [{"start":0,"end":1,"type":"UNSCANNED","score_ppm":1000000,"rule_id":"PII.R090"}]
        3      |         | []
    """, FINDINGS)  # fmt: skip

    got = personal.decide(documents("", "", "", ""), found, rules())

    want = table("""
        doc_id | outcome    | rule_id  | pii_counts
        0      | keep       | PII.R000 | PERSON=1:reported
        1      | redact     | PII.R010 | CN_MOBILE=1:anonymised;EMAIL_ADDRESS=1:anonymised
        2      | quarantine | PII.R090 | UNSCANNED=1:quarantined
        3      | keep       | PII.R000 |
    """, DECISIONS)  # fmt: skip
    assert columns(got, want) == want


def test_a_changed_document_gets_a_new_hmac_and_an_unchanged_one_keeps_its_own() -> None:
    docs = documents("邮箱a@b.com。", "无")
    found = personal.measure(docs, find=gated(), names="never")

    got = personal.apply(docs, found, rules(), content_key=KEY)

    assert got.column("text").to_pylist() == ["邮箱<EMAIL_ADDRESS_1>。", "无"]
    new = hmac.digest(KEY, "邮箱<EMAIL_ADDRESS_1>。".encode(), "sha256")
    assert got.column("content_hmac").to_pylist() == [new, b"0" * 32]


def test_a_text_that_cannot_be_scanned_in_bounds_is_quarantined() -> None:
    docs = documents("a" * 200_000 + "@" + "b" * 200_000 + ".com")
    got = personal.decide(docs, personal.measure(docs, find=gated(), names="never"), rules())
    assert got.column("rule_id").to_pylist() == ["PII.R090"]


def test_findings_of_other_documents_are_refused() -> None:
    with pytest.raises(EvidenceMissing):
        personal.decide(documents("a"), FINDINGS.empty_table(), rules())


def test_rules_that_do_not_end_with_keep_are_refused() -> None:
    with pytest.raises(RuleMalformed):
        personal.decide(documents(), FINDINGS.empty_table(), rules()[:-1])


@settings(max_examples=60)
@given(TEXTS)
def test_gates_change_no_finding_and_redacted_text_holds_none(text: str) -> None:
    found = personal.measure(documents(text), find=gated(), names="never")

    assert found == personal.measure(documents(text), find=ungated(), names="never")
    assert all(0 <= f["start"] < f["end"] <= len(text) for f in found.column("findings")[0].as_py())
    new = redacted(found, text)
    again = personal.measure(documents(*new), find=gated(), names="never")
    assert redacted(again, *new) == new
