import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import EvidenceMissing
from pipeline.rules.sources import SourceRule, rules
from pipeline.schemas import DECISIONS, DOCUMENTS, SOURCE_DECISIONS, conform
from pipeline.schemas.sources import SOURCES
from pipeline.stages import sources
from tests.tables import columns, table

NOW = 1_790_000_000_000_000
GOOD = {
    "source_id": "a",
    "kind": "open-data",
    "register_sha256": bytes(32),
    "missing": [],
    "intended_use": ["pretrain"],
}


def _decided(*changes: dict[str, object], use: str = "pretrain") -> list[dict[str, object]]:
    rows = [GOOD | change for change in changes]
    register = conform({name: [row.get(name) for row in rows] for name in SOURCES.names}, SOURCES)
    return sources.decide(register, rules(), now_us=NOW, use=use).to_pylist()


@pytest.mark.parametrize("rule", rules()[:-1], ids=lambda rule: rule.id)
def test_each_rule_lets_its_own_example_pass_and_stops_the_other(rule: SourceRule) -> None:
    passed, failed = _decided(dict(rule.passes), dict(rule.fails))
    assert (passed["outcome"], passed["rule_id"]) == ("keep", "SRC.R000")
    assert (failed["outcome"], failed["rule_id"], failed["article"]) == ("quarantine", rule.id, rule.article)


def test_detail_names_fields_and_listed_crawlers_but_never_values() -> None:
    robots = {
        "robots_text": "User-agent: *\nDisallow: /",
        "robots_url": "https://secret.example/",
        "robots_agent": "Zhang San",
    }
    got = _decided(
        robots,
        {"robots_text": "User-agent: Ours\nDisallow: /", "robots_agent": "Ours"},
        {"missing": ["contact", "name"]},
    )
    assert str(got[0]["detail"]).startswith("reservations: GPTBot, CCBot")
    assert [row["detail"] for row in got[1:]] == ["reservations: own crawler", "contact, name"]
    assert "secret" not in str(got)
    assert "Zhang" not in str(got)


def test_a_contract_that_ends_now_has_ended() -> None:
    got = _decided({"contract_expires_us": NOW}, {"contract_expires_us": NOW + 1})
    assert [row["rule_id"] for row in got] == ["SRC.R005", "SRC.R000"]


def test_documents_inherit_the_decision_of_their_source() -> None:
    decided = table(
        """
        source_id | outcome    | rule_id  | rule_version | article
        web       | quarantine | SRC.R006 | 1            | 7(1)
        wiki      | keep       | SRC.R000 | 1            | 7(1)
    """,
        SOURCE_DECISIONS,
    )
    decided = conform({name: decided.column(name) for name in decided.column_names}, SOURCE_DECISIONS)
    documents = table(
        """
        doc_id | source_id
        1      | wiki
        2      | web
        3      | wiki
    """,
        DOCUMENTS,
    )
    like = table(
        """
        doc_id | outcome    | rule_id
        1      | keep       | SRC.R000
        2      | quarantine | SRC.R006
        3      | keep       | SRC.R000
    """,
        DECISIONS,
    )
    assert columns(sources.inherit(documents, decided), like) == like
    with pytest.raises(EvidenceMissing):
        sources.inherit(documents, decided.slice(0, 1))


VALUES = st.fixed_dictionaries(
    {},
    optional={
        "missing": st.lists(st.sampled_from(["name", "contract.file"])),
        "data_grade": st.sampled_from([None, "general", "core"]),
        "n_assessed": st.integers(0, 9),
        "n_bad": st.integers(0, 9),
        "robots_text": st.none() | st.text(),
        "contains_pi": st.sampled_from([None, "yes", "no", "unknown"]),
        "pi_basis": st.sampled_from([None, "none", "consent"]),
        "intended_use": st.none() | st.lists(st.sampled_from(["pretrain", "eval"])),
    },
)


@given(st.lists(VALUES, max_size=4))
def test_every_source_is_decided_once_and_none_with_missing_fields_is_kept(changes: list[dict[str, object]]) -> None:
    got = _decided(*changes) if changes else []
    assert len(got) == len(changes)
    assert all(
        row["outcome"] == "quarantine" for row, change in zip(got, changes, strict=True) if change.get("missing")
    )


def test_an_empty_register_gives_an_empty_table() -> None:
    got = sources.decide(SOURCES.empty_table(), rules(), now_us=NOW, use="pretrain")
    assert got.schema == SOURCE_DECISIONS
    assert isinstance(got, pa.Table)
