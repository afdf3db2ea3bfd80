import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import EvidenceMissing
from pipeline.kernels import robots
from pipeline.rules.sources import NoticeRule, SourceRule, notices, rules
from pipeline.schemas import DECISIONS, DOCUMENTS, SOURCE_DECISIONS, conform
from pipeline.schemas.sources import ASSESSMENTS, SOURCES, UPSTREAMS
from pipeline.stages import sources
from tests.tables import columns, table

NOW = 1_790_000_000_000_000
DAY = 86_400_000_000
GOOD = {
    "source_id": "a",
    "kind": "open-data",
    "register_sha256": bytes(32),
    "missing": [],
    "intended_use": ["pretrain"],
    "collected_from_us": 1,
}
AT = {"url": "https://a.example/x/1"}


def _lengthened(change: dict[str, object]) -> dict[str, object]:
    """An example of a rule in which `LONG` stands for more than 500 KiB."""
    if "LONG" not in str(change.get("sites")):
        return change
    return change | {
        "sites": [{**site, "robots": "#" * robots.LONGEST + "\nUser-agent: *"} for site in change["sites"]]
    }


def _register(*changes: dict[str, object]) -> pa.Table:
    changes = tuple(_lengthened(change) for change in changes)
    rows = [GOOD | {k: None if v == "unset" else v for k, v in change.items()} for change in changes]
    return conform({name: [row.get(name) for row in rows] for name in SOURCES.names}, SOURCES)


def _decided(*changes: dict[str, object], use: str = "pretrain") -> list[dict[str, object]]:
    return sources.decide(_register(*changes), rules(), now_us=NOW, use=use).to_pylist()


def _noticed(*changes: dict[str, object]) -> list[tuple[object, object, object]]:
    register = _register(*changes)
    decisions = sources.decide(register, rules(), now_us=NOW, use="pretrain")
    found = sources.notice(register, decisions, notices(), now_us=NOW).to_pylist()
    return [(row["source_id"], row["rule_id"], row["detail"]) for row in found]


@pytest.mark.parametrize("rule", rules()[:-1], ids=lambda rule: rule.id)
def test_each_rule_lets_its_own_example_pass_and_stops_the_other(rule: SourceRule) -> None:
    passed, failed = _decided(dict(rule.passes))[0], _decided(dict(rule.fails))[0]
    assert (passed["outcome"], passed["rule_id"]) == ("keep", "SRC.R000")
    assert (failed["outcome"], failed["rule_id"], failed["article"]) == ("quarantine", rule.id, rule.article)


@pytest.mark.parametrize("rule", notices(), ids=lambda rule: rule.id)
def test_each_notice_concerns_its_own_example_only_and_refuses_nothing(rule: NoticeRule) -> None:
    assert [one[1] for one in _noticed(dict(rule.passes))] == []
    assert [one[1] for one in _noticed(dict(rule.fails))] == [rule.id]
    assert _decided(dict(rule.fails))[0]["outcome"] == "keep"


def test_detail_names_fields_and_listed_crawlers_but_never_values() -> None:
    closed = {"sites": [{**AT, "robots": "User-agent: *\nDisallow: /"}], "robots_agent": "Zhang San"}
    own = {"sites": [{**AT, "robots": "User-agent: Ours\nDisallow: /"}], "robots_agent": "Ours"}
    got = _decided(closed, own, {"missing": ["contact", "name"]})
    assert str(got[0]["detail"]).startswith("reservations: GPTBot, CCBot")
    assert [row["detail"] for row in got[1:]] == ["reservations: own crawler", "contact, name"]
    assert "a.example" not in str(got)
    assert "Zhang" not in str(got)


@pytest.mark.parametrize("token", ["Google-Extended", "Applebot-Extended", "ccbot", "META-EXTERNALAGENT"])
def test_tokens_that_only_reserve_are_honoured_like_crawlers(token: str) -> None:
    got = _decided({"sites": [{**AT, "robots": f"User-agent: {token}\nDisallow: /x/"}]})
    assert got[0]["rule_id"] == "SRC.R006"


@pytest.mark.parametrize(
    ("site", "code"),
    [
        ({"tdmrep": '[{"location": "/x/*", "tdm-reservation": 1}]'}, "tdmrep"),
        ({"tdmrep": '[{"location": "/x/", "tdm-reservation": 0}, {"location": "/", "tdm-reservation": 1}]'}, None),
        ({"tdmrep": '[{"location": "/", "tdm-reservation": 0}, {"location": "/x/", "tdm-reservation": 1}]'}, "tdmrep"),
        ({"tdmrep": '[{"location": "/", "tdm-reservation": 2}, 7]'}, None),
        ({"ai_txt": "User-Agent: *\nDisallow: /"}, "ai.txt"),
        ({"ai_txt": "User-Agent: *\nDisallow: *.txt\nAllow: *.jpg"}, "ai.txt"),
        ({"ai_txt": "User-Agent: *\nDisallow: *.jpg"}, None),
        ({"robots": "User-agent: *\nContent-Signal: search=yes, ai-train=no"}, "content-usage"),
        ({"robots": "User-agent: *\nContent-Usage: train-ai=n\nContent-Usage: /x/ train-ai=y"}, None),
        ({"rsl": "<rsl><content url='/'><license><permits type='usage'>search</permits></license></content></rsl>"}, "rsl"),
        ({"rsl": "<rsl><content url='/'><license><permits type='usage'>train-ai</permits></license></content></rsl>"}, None),
        ({"rsl": "<rsl><content url='/y/'><license><prohibits type='usage'>all</prohibits></license></content></rsl>"}, None),
        ({"rsl": "<rsl><content url='/'><license><payment type='subscription'/></license></content></rsl>"}, "rsl"),
        ({"rsl": "<!DOCTYPE x [<!ENTITY a 'b'>]><rsl/>"}, "rsl"),
    ],
)  # fmt: skip
def test_other_reservations_of_a_site_hold_where_they_say(site: dict[str, object], code: str | None) -> None:
    got = _decided({"sites": [AT | site]})[0]
    expected = (None, "SRC.R000") if code is None else (f"reservations: {code}", "SRC.R019")
    assert (got["detail"], got["rule_id"]) == expected


def test_one_site_of_several_that_reserves_refuses_the_source() -> None:
    free = {**AT, "robots": ""}
    got = _decided({"sites": [free, {"url": "https://b.example/", "robots": "User-agent: CCBot\nDisallow: /"}]})
    assert got[0]["detail"] == "reservations: CCBot"


def test_a_contract_that_ends_now_has_ended_and_is_noticed_for_a_month_before() -> None:
    got = _decided({"contract_expires_us": NOW}, {"contract_expires_us": NOW + 1})
    assert [row["rule_id"] for row in got] == ["SRC.R005", "SRC.R000"]
    assert _noticed({"contract_expires_us": NOW + 30 * DAY + 1}, {"contract_expires_us": NOW}) == []
    assert _noticed({"recheck_us": NOW + 30 * DAY}) == [("a", "SRC.N001", "recheck_at")]


def test_what_a_site_reserves_ages_while_collection_goes_on() -> None:
    fetched = {"is_ongoing": True, "sites": [{**AT, "fetched_us": NOW - 29 * DAY}]}
    assert _noticed(fetched) == [("a", "SRC.N001", "reservations.fetched_at")]
    old = {**fetched, "sites": [{**AT, "fetched_us": NOW - 30 * DAY}]}
    assert _decided(old)[0]["rule_id"] == "SRC.R017"


def test_a_language_needs_two_sources_that_may_be_read() -> None:
    zh = {"languages": ["zh", "en"], "modality": ["text"]}
    other = {"source_id": "b", "languages": ["en"], "modality": ["text", "code"]}
    refused = {"source_id": "c", "languages": ["zh"], "modality": ["text"], "missing": ["name"]}
    got = _noticed(zh, other, refused)
    assert got == [("a", "SRC.N006", "languages: zh text"), ("b", "SRC.N006", "languages: en code")]


def _made_from(*edges: tuple[str, list[tuple[str, str | None]], str | None]) -> pa.Table:
    return _register(
        *(
            {"source_id": one, "upstream": [{"id": i, "licence": x} for i, x in up], "licence_declared": licence}
            for one, up, licence in edges
        )
    )


def test_the_chain_names_every_dataset_behind_a_source_once_with_its_licence() -> None:
    register = _made_from(
        ("a", [("b", "MIT"), ("x", "CC-BY-4.0")], "CC0-1.0"),
        ("b", [("c", None), ("x", "CC-BY-4.0")], "CC-BY-SA-4.0"),
        ("c", [("gone", None)], "MIT"),
    )
    like = table(
        """
        source_id | upstream_id | depth | licence_declared | is_registered | problem
        a         | b           | 1     | CC-BY-SA-4.0     | true          |
        a         | x           | 1     | CC-BY-4.0        | false         |
        a         | c           | 2     | MIT              | true          |
        a         | gone        | 3     |                  | false         | missing
        b         | c           | 1     | MIT              | true          |
        b         | x           | 1     | CC-BY-4.0        | false         |
        b         | gone        | 2     |                  | false         | missing
        c         | gone        | 1     |                  | false         | missing
    """,
        UPSTREAMS,
    )
    assert columns(sources.chain(register), like) == like


def test_a_chain_that_leads_back_to_itself_has_no_origin_and_ends() -> None:
    register = _made_from(("a", [("b", None)], "MIT"), ("b", [("a", None)], "MIT"), ("c", [("c", None)], "MIT"))
    got = sources.decide(register, rules(), now_us=NOW, use="pretrain")
    assert got.column("detail").to_pylist() == ["upstream: cycle"] * 3


NODES = st.sampled_from("abcdef")


@given(st.dictionaries(NODES, st.lists(st.tuples(NODES, st.sampled_from([None, "MIT"])), max_size=4), max_size=6))
def test_any_graph_of_upstreams_is_walked_to_its_end(graph: dict[str, list[tuple[str, str | None]]]) -> None:
    if not graph:
        return
    found = sources.chain(_made_from(*((one, up, "MIT") for one, up in graph.items()))).to_pylist()
    for source, listed in graph.items():
        reached, level = set(), {name for name, _ in listed}
        while level - reached:
            reached |= level
            level = {name for one in level for name, _ in graph.get(one, [])}
        rows = [row for row in found if row["source_id"] == source]
        assert sorted(row["upstream_id"] for row in rows) == sorted(reached)
        assert {row["upstream_id"] for row in rows if row["problem"] == "cycle"} == ({source} & reached)


def test_assessments_bear_the_exact_bound_of_their_sample() -> None:
    register = _register({"n_assessed": 59, "n_bad": 0, "n_assessed_after": 153, "n_bad_after": 3}, {"source_id": "b"})
    like = table(
        """
        source_id | phase  | method     | n   | n_bad | share_ppm | upper_ppm
        a         | before | register   | 59  | 0     | 0         | 49508
        a         | after  | register   | 153 | 3     | 19608     | 49896
    """,
        ASSESSMENTS,
    )
    assert columns(sources.before(register, line_ppm=50_000), like) == like


def test_a_share_just_above_the_line_is_above_it() -> None:
    assert [row["rule_id"] for row in _decided({"n_assessed": 10_000_000, "n_bad": 500_001})] == ["SRC.R003"]


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


SITE_TEXT = st.none() | st.text() | st.sampled_from(["<html>", json.dumps([{"location": "/"}]), "User-agent: *"])
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "missing": st.lists(st.sampled_from(["name", "contract.file"])),
        "data_grade": st.sampled_from([None, "general", "core"]),
        "n_assessed": st.integers(0, 9),
        "n_bad": st.integers(0, 9),
        "sites": st.lists(
            st.fixed_dictionaries(
                {"url": st.text()},
                optional={"robots": SITE_TEXT, "tdmrep": SITE_TEXT, "ai_txt": SITE_TEXT, "rsl": SITE_TEXT},
            ),
            max_size=2,
        ),
        "contains_pi": st.sampled_from([None, "yes", "no", "unknown"]),
        "pi_basis": st.sampled_from([None, "none", "consent"]),
        "intended_use": st.none() | st.lists(st.sampled_from(["pretrain", "eval"])),
    },
)


@given(st.lists(VALUES, max_size=4))
def test_every_source_is_decided_once_and_none_with_missing_fields_is_kept(changes: list[dict[str, object]]) -> None:
    got = _decided(*changes) if changes else []
    if changes:
        _noticed(*changes)
    assert len(got) == len(changes)
    assert all(
        row["outcome"] == "quarantine" for row, change in zip(got, changes, strict=True) if change.get("missing")
    )


def test_an_empty_register_gives_an_empty_table() -> None:
    got = sources.decide(SOURCES.empty_table(), rules(), now_us=NOW, use="pretrain")
    assert got.schema == SOURCE_DECISIONS
    assert sources.notice(SOURCES.empty_table(), got, notices(), now_us=NOW).num_rows == 0
    assert isinstance(got, pa.Table)
