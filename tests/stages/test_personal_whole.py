"""Whole documents: minors, density, lists of persons; flags on findings."""

from functools import cache

import pyarrow as pa
import pytest

from pipeline.models.personal import Finder, finder
from pipeline.rules.personal import rules
from pipeline.rules.personal_documents import DocumentRule, Sign, document_rules, signs
from pipeline.schemas import DECISIONS, DOCUMENTS, FINDINGS, conform
from pipeline.stages import personal
from pipeline.stages.personal import minors
from tests.tables import columns, table

IN_2026_US = 1_767_225_600_000_000


@cache
def find() -> Finder:
    return finder(languages=())


def documents(*texts: str, fetched_at_us: int | None = None) -> pa.Table:
    n = len(texts)
    given = {"doc_id": list(range(n)), "source_id": ["s"] * n, "text": list(texts), "lang": ["zh"] * n}
    given |= {"content_hmac": [bytes(32)] * n, "locator": ["l"] * n, "fetched_at_us": [fetched_at_us] * n}
    return conform(dict(given), DOCUMENTS)


def found(*texts: str, now_us: int | None = IN_2026_US, fetched_at_us: int | None = None) -> pa.Table:
    return personal.measure(documents(*texts, fetched_at_us=fetched_at_us), find=find(), names="never", now_us=now_us)


def decided(*texts: str, basis: str | None = None) -> list[tuple[str, str]]:
    rows = personal.decide(documents(*texts), introduced(*texts), rules(), document_rules(basis)).to_pylist()
    return [(row["outcome"], row["rule_id"]) for row in rows]


def introduced(*texts: str) -> pa.Table:
    """As `found`, with the names that the texts introduce."""
    docs = documents(*texts)
    return personal.measure(
        docs, find=lambda t, langs, _: find()(t, langs, "always"), names="always", now_us=IN_2026_US
    )


@pytest.mark.parametrize(("rule", "text"), [(r, t) for r in document_rules() for t in r.fails], ids=str)
def test_each_rule_stops_its_failing_examples(rule: DocumentRule, text: str) -> None:
    assert decided(text) == [(rule.outcome, rule.id)]


@pytest.mark.parametrize(("rule", "text"), [(r, t) for r in document_rules() for t in r.passes], ids=str)
def test_each_rule_lets_its_passing_examples_go_on(rule: DocumentRule, text: str) -> None:
    assert rule.id not in decided(text)[0]


@pytest.mark.parametrize(("rule", "basis"), [(r, b) for r in document_rules() for b in r.spared_by], ids=str)
def test_a_basis_that_spares_a_document_is_heard(rule: DocumentRule, basis: str) -> None:
    assert rule.id not in {rule_id for text in rule.fails for _, rule_id in decided(text, basis=basis)}


@pytest.mark.parametrize(("sign", "text"), [(s, t) for s in signs() for t in s.fails], ids=str)
def test_each_sign_flags_its_failing_examples(sign: Sign, text: str) -> None:
    [rows] = introduced(text).column("findings").to_pylist()
    assert [one["is_minor"] for one in rows if one["type"] == sign.entity] == [True]


@pytest.mark.parametrize(("sign", "text"), [(s, t) for s in signs() for t in s.passes], ids=str)
def test_no_sign_flags_its_passing_examples(sign: Sign, text: str) -> None:
    [rows] = introduced(text).column("findings").to_pylist()
    assert [one["is_minor"] for one in rows if one["type"] == sign.entity] == [False]


def test_an_age_is_told_on_the_day_on_which_the_document_was_fetched_and_on_none_without_a_day() -> None:
    text = "出生日期：2010年3月4日"
    flags = [
        found(text, **when).column("findings")[0].as_py()[0]["is_minor"]
        for when in ({}, {"fetched_at_us": IN_2026_US - 4 * 31_557_600_000_000}, {"now_us": None})
    ]
    assert flags == [False, True, False]


@pytest.mark.parametrize(("entity", "value", "born"), [
    ("CN_RESIDENT_ID", "11010519491231002X", 19491231), ("CN_RESIDENT_ID", "110105 20150203 0023", 20150203),
    ("CN_RESIDENT_ID", "110105491231002", None), ("BIRTH_DATE", "2018年3月4日", 20180304),
    ("BIRTH_DATE", "2018-03-04", 20180304), ("BIRTH_DATE", "20180304", 20180304), ("BIRTH_DATE", "2018年3月", 20181231),
    ("BIRTH_DATE", "March 4, 2018", 20181231), ("BIRTH_DATE", "04/03/2018", 20181231), ("BIRTH_DATE", "八三年", None),
])  # fmt: skip
def test_a_day_of_birth_is_read_from_a_value(entity: str, value: str, born: int | None) -> None:
    assert minors.birth(entity, value) == born


def test_findings_say_what_is_sensitive_and_credentials_are_not_of_that_kind() -> None:
    [rows] = found("身份证11010519491231002X，邮箱a@b.com，password=Tr0ub4dor3x").column("findings").to_pylist()
    assert {one["type"]: one["sensitive"] for one in rows} == {
        "CN_RESIDENT_ID": "identity", "EMAIL_ADDRESS": None, "PASSWORD": None,
    }  # fmt: skip


def test_the_statistic_is_a_density_or_a_number_and_the_row_says_that_all_was_dropped() -> None:
    given = table("""
        doc_id | n_chars | findings
        0      | 500     | [{"start":0,"end":2,"type":"CN_MOBILE","score_ppm":1000000,"rule_id":"a"},{"start":3,"end":4,"type":"HEALTH_DETAIL","score_ppm":500000,"rule_id":"a"},{"start":5,"end":6,"type":"HEALTH_DETAIL","score_ppm":500000,"rule_id":"a"},{"start":7,"end":8,"type":"HEALTH_DETAIL","score_ppm":500000,"rule_id":"a"}]
        1      | 5000    | [{"start":0,"end":2,"type":"CN_MOBILE","score_ppm":1000000,"rule_id":"a"},{"start":3,"end":4,"type":"HEALTH_DETAIL","score_ppm":500000,"rule_id":"a"},{"start":5,"end":6,"type":"HEALTH_DETAIL","score_ppm":500000,"rule_id":"a"},{"start":7,"end":8,"type":"HEALTH_DETAIL","score_ppm":500000,"rule_id":"a"}]
        2      | 50      | [{"start":0,"end":2,"type":"CN_MOBILE","score_ppm":1000000,"rule_id":"a","is_minor":true}]
    """, FINDINGS)  # fmt: skip

    got = personal.decide(pa.table({"doc_id": [0, 1, 2], "lang": ["zh"] * 3}), given, rules(), document_rules())

    want = table(
        """
        doc_id | outcome | rule_id  | score_ppm | pii_counts
        0      | drop    | PII.D002 | 6000      | CN_MOBILE=1:dropped;HEALTH_DETAIL=3:dropped
        1      | redact  | PII.R010 | 1000000   | CN_MOBILE=1:anonymised;HEALTH_DETAIL=3:reported
        2      | drop    | PII.D001 | 1         | CN_MOBILE=1:dropped
    """,
        DECISIONS,
    )
    assert columns(got, want) == want
