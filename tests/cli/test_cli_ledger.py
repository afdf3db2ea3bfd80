"""`provender explain`, `audit`, `status` as people call them, on the demo ledger."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipeline.cli.main import provender
from pipeline.errors import GateFailed, InputMissing, ProvenderError, UsageError
from pipeline.ledger import keys, log, queries
from pipeline.rules import catalogue
from pipeline.schemas import DECISIONS, conform
from tests.ledger import demo


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    demo.made(folder)
    return folder


def called(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(provender, arguments, input=given, catch_exceptions=True)


def said(*arguments: str, given: str | None = None) -> str:
    done = called(*arguments, given=given)
    assert done.exception is None, done.exception
    return done.stdout


def refused(*arguments: str) -> ProvenderError:
    failed = called(*arguments).exception
    assert isinstance(failed, ProvenderError)
    return failed


LIFE = """
document 4294967298
  source      source_id=wiki  kind=open-data  data_type=text  origin=US  licence_declared=CC-BY-4.0
  licences    spdx_id=CC-BY-4.0  verdict=conditional  rule_id=LIC.R003  evidence_sha256={e1}  verified_by=lin  verified_at=2025-12-01 00:00:00  expires_at=2026-03-01 00:00:00
  licences    keep        LIC.R003 v1     (entry 8, r1)
  documents   keep        DOC.R000 v1     (entry 11, r1)
  prohibited  keep        PRO.R000 v1   0 ppm  (entry 14, r1)
  quality     keep        QUA.R000 v1     (entry 18, r1)
  duplicates  drop        DUP.R001 v1   exact copy  Art. 7(4)  (entry 21, r1)
  duplicates  relation=stays out for  doc_id=8589934592  sim_ppm=1000000  rule_id=DUP.R001
  personal    none
  snapshots   none
  pulls       none
  withdrawals none
"""


def test_a_life_is_told_from_source_to_where_it_ended(lake: Path) -> None:
    told = said("explain", str(demo.document("1.2")), "--lake", str(lake))
    assert told.strip() == LIFE.strip().format(e1="e1" * 32)


def test_a_life_goes_on_to_snapshots_pulls_and_withdrawals(lake: Path) -> None:
    life = json.loads(said("explain", str(demo.document("1.0")), "--lake", str(lake), "--json"))
    assert [one["snapshot_id"] for one in life["snapshots"]] == ["corpus@1"]
    assert [one["puller"] for one in life["pulls"]] == ["team-b", "team-a"]
    assert [one["request_id"] for one in life["withdrawals"]] == ["req-1"]
    assert [one["pii_counts"] for one in life["personal"]] == ["EMAIL_ADDRESS=1:anonymised;PHONE=2:kept/consent"]
    assert [one["outcome"] for one in life["stages"]] == ["keep"] * 5 + ["redact", "keep"]
    assert isinstance(refused("explain", "7", "--lake", str(lake)), InputMissing)
    assert isinstance(refused("explain", "7", "--lake", str(lake / "nothing")), InputMissing)


def test_a_score_stands_against_the_limit_of_the_rule_and_an_article_is_named_once(tmp_path: Path) -> None:
    rules = catalogue.rows(1)
    log.append(tmp_path / "ledger", log.Entry(kind="rules", key="rules", at_us=1, actor="t"), rules)
    limited = [
        row for row in rules.to_pylist() if catalogue.limit(row["stage"], row["rule_id"], row["definition_sha256"])
    ]
    articled = [row for row in rules.to_pylist() if str(row["article"]).startswith("Art.")]
    for doc, row in enumerate([limited[0], articled[0]]):
        entry = log.Entry(kind="decisions", key=f"{doc}", at_us=2, actor="t", run="r", stage=row["stage"], batch=0)
        values = {"rule_id": [row["rule_id"]], "rule_version": [row["rule_version"]], "score_ppm": [7]}
        log.append(tmp_path / "ledger", entry, conform({"doc_id": [doc], "outcome": ["drop"], **values}, DECISIONS))

    first, second = (said("explain", str(doc), "--lake", str(tmp_path)) for doc in (0, 1))

    limit = catalogue.limit(limited[0]["stage"], limited[0]["rule_id"], limited[0]["definition_sha256"])
    assert f"7 ppm against {limit}" in first
    assert f"  {articled[0]['article']}  " in second
    assert "Art. Art." not in second


def test_questions_are_listed_and_answered_and_no_value_is_cut_in_a_pipe(lake: Path) -> None:
    listed = said("audit", "--list")
    assert len(listed.splitlines()) == len(queries.list_queries()) > 40
    told = said("audit", "Q29", "--lake", str(lake))
    assert "…" not in told
    for whole in ("e1" * 32, "2025-12-01 00:00:00", "identified", "attribution"):
        assert whole in told
    rows = [
        json.loads(line) for line in said("audit", "Q06", "--run", "r2", "--lake", str(lake), "--json").splitlines()
    ]
    assert [row["n_in"] for row in rows] == [2, 3, 3, 2]


def test_wide_values_are_shown_whole_by_free_sql(lake: Path) -> None:
    told = said("audit", "--lake", str(lake), "--sql", "select repeat('x', 900) as wide, 1 as last")
    assert "x" * 900 in told
    assert "last" in told


def test_what_leads_to_persons_is_for_named_inspectors_whose_use_is_an_entry(lake: Path) -> None:
    asked = ("audit", "Q09", "--tag", "aa" * 16, "--lake", str(lake))
    assert isinstance(refused(*asked), UsageError)
    before = log.size(lake / "ledger")
    assert "doc_id" in said(*asked, "--inspector", "cao", "case 7")
    (entry,) = [e for e in log.entries(lake / "ledger", kind="inspections") if int(str(e["seq"])) >= before]
    assert entry["actor"] == "cao"
    assert isinstance(refused("audit", "Q46", "--tag", "aa", "--lake", str(lake)), UsageError)


def test_the_prompt_answers_until_it_ends_and_refuses_what_writes(lake: Path) -> None:
    given = ".list\n.views\nQ24\nselect count(*)\nas n from decisions;\ndrop view decisions;\n.quit\n"
    done = called("audit", "--lake", str(lake), "--json", given=given)
    assert done.exception is None
    assert '{"n": 55}' in done.stdout
    assert "not exactly one select statement" in done.stderr


def test_the_prompt_answers_what_the_end_of_a_pipe_leaves_without_a_semicolon(lake: Path) -> None:
    given = ";\n\n ; ;\nselect 40 + 2 as n from segments limit 1;\nselect 50 + 5 as n\nfrom segments limit 1"
    got = called("audit", "--lake", str(lake), "--json", given=given)
    assert got.exit_code == 0
    assert [json.loads(line) for line in got.stdout.splitlines()] == [{"n": 42}, {"n": 55}]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Great Expectations
def test_what_nobody_outside_stands_for_is_shown_and_fails_the_check_when_it_is_too_much(tmp_path: Path) -> None:
    witness_key = keys.generate(tmp_path / "w", "w1.example")
    ledger = demo.verifiable(tmp_path, witness_key=witness_key)
    checked = ("status", "--lake", str(tmp_path), "--check")

    assert "unwitnessed: 0 entries, 0 minutes (quorum w1)" in said(*checked)

    log.append(ledger, log.Entry(kind="events", key="old", at_us=demo.day("2026-01-18"), actor="t"))
    failed = refused(*checked)
    assert isinstance(failed, GateFailed)
    assert "unwitnessed_minutes" in failed.message
    assert "n_unwitnessed" not in failed.message
    assert "unwitnessed: 1 entries" in called(*checked).stdout


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Great Expectations
def test_a_ledger_whose_policy_asks_nobody_fails_the_check(tmp_path: Path) -> None:
    demo.verifiable(tmp_path)
    failed = refused("status", "--lake", str(tmp_path), "--check", "--json")
    assert isinstance(failed, GateFailed)
    assert "quorum" in failed.message


def test_a_duplicate_is_told_with_the_least_similarity_of_its_rule() -> None:
    near = next(row for row in catalogue.rows(0).to_pylist() if row["rule_id"] == "DUP.R002")
    assert catalogue.limit("duplicates", "DUP.R002", near["definition_sha256"]) == "at least 800000"
