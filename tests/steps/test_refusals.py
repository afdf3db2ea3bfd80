"""Opt-out lists hold for future runs and are reported against what was released."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli.sources import command as sources
from pipeline.errors import InputMalformed, InputMissing
from pipeline.ledger import log, queries, views
from pipeline.schemas import DOCUMENTS, conform
from pipeline.schemas.ledger import KINDS
from pipeline.steps import reading, refusals, register, registering, runs
from pipeline.store import parquet
from pipeline.store.lake import Lake
from tests.steps import registers

LIST = "kind,value\ndomain,refused.example\nauthor,Li Si\n"


def listed(folder: Path, content: str = LIST) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "l.csv").write_text(content)
    return folder


def released(lake: Lake, state: str = "published") -> None:
    """A snapshot of three documents of two batches; the second batch is no longer kept."""
    documents = {
        "doc_id": [(1 << 32), (1 << 32) + 1, (1 << 32) + 2],
        "source_id": ["a"] * 3,
        "text": ["t"] * 3,
        "lang": ["en"] * 3,
        "content_hmac": [bytes(32)] * 3,
        "locator": ["l"] * 3,
        "url": ["https://refused.example/1", "https://open.example/", None],
        "author": [None, "li  SI", "Li Si"],
    }
    parquet.write(lake.documents("r", "documents", 1), conform(dict(documents), DOCUMENTS))
    snapshot = {"snapshot_id": ["s@1"], "name": ["s"], "version": ["1"], "run": ["r"], "state": [state]}
    rows = {"snapshots": conform(snapshot | {"created_at_us": [1]}, KINDS["snapshots"])}
    members = [(1 << 32), (1 << 32) + 1, (2 << 32)]
    rows["snapshot_members"] = conform({"snapshot_id": ["s@1"] * 3, "doc_id": members}, KINDS["snapshot_members"])
    for kind, table in rows.items():
        log.append(lake.ledger, log.Entry(kind=kind, key=f"{kind}/s@1", at_us=1, actor="tests"), table)


def test_documents_of_a_released_snapshot_are_named_noted_once_and_what_is_gone_is_counted(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    released(lake)
    for _ in range(2):
        got = refusals.report(lake, listed(tmp_path / "o"), [], "tests")
    assert [(one.n_documents, one.n_unchecked, one.matches) for one in got] == [
        (3, 1, ((1 << 32, "domain", "l.csv"), ((1 << 32) + 1, "author", "l.csv")))
    ]
    assert got[0].counts() == {"author l.csv": 1, "domain l.csv": 1}
    with views.connect(lake.ledger) as connection:
        answer = queries.run(connection, "Q37").to_pylist()
    assert [(row["snapshot_id"], row["kind"], row["docs"]) for row in answer] == [
        ("s@1", "author", 1),
        ("s@1", "domain", 1),
    ]


def test_a_revoked_snapshot_is_not_asked(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    released(lake, "revoked")
    assert refusals.report(lake, listed(tmp_path / "o"), [], "tests") == []


def test_wrong_lists_and_snapshots_are_named(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    released(lake)
    with pytest.raises(InputMissing):
        refusals.report(lake, tmp_path / "empty", [], "tests")
    with pytest.raises(InputMissing, match="s@2"):
        refusals.report(lake, listed(tmp_path / "o"), ["s@2"], "tests")
    with pytest.raises(InputMalformed, match="line 2"):
        refusals.report(lake, listed(tmp_path / "p", "kind,value\nurl,x\n"), [], "tests")


ROWS = [
    {"text": "Tea is made of leaves.", "url": "https://refused.example/1"},
    {"text": "Tea is made of leaves and water.", "author": "li si"},
    {"text": "Tea is drunk in the afternoon.", "headers": {"X-Robots-Tag": "noai"}},
    {"text": "机密★10年\n关于茶叶的通知"},
    {"text": "Tea is sold by weight.", "AIGC": {"Label": "1"}, "url": "https://open.example/"},
]


def test_a_run_decides_each_document_by_what_it_says_and_keeps_that_as_evidence(tmp_path: Path) -> None:
    lake, folder = Lake(tmp_path / "lake"), registers.write(tmp_path / "r", "a")
    (folder / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    listed(folder / "opt-outs")
    registering.sources(lake, run="r", registers=[str(folder)], use="pretrain", actor="tests")
    context = runs.load(lake, "r")
    register.licences(context)
    reading.documents(context)

    with views.connect(lake.ledger) as connection:
        decided = queries.select(
            connection, "select rule_id, evidence_sha256 from decisions where stage = 'documents' order by doc_id"
        ).to_pylist()
        counted = queries.run(connection, "Q36").to_pylist()
    assert [row["rule_id"] for row in decided] == ["DOC.R030", "DOC.R030", "DOC.R031", "DOC.R032", "DOC.R000"]
    assert {(row["signal"], row["value"], row["docs"]) for row in counted} == {
        ("ai_label", "yes", 1),
        ("marking", "official", 1),
        ("opt_out", "author l.csv", 1),
        ("opt_out", "domain l.csv", 1),
        ("reservation", "x-robots-tag:noai", 1),
    }
    evidence = registering.evidence_path(lake, decided[2]["evidence_sha256"].hex())
    assert evidence.read_text() == "x-robots-tag: noai"
    kept = parquet.read(next((lake.root / "documents" / "r" / "documents").glob("*.parquet")))
    assert kept.column("ai_label").to_pylist() == ["yes"]


def test_the_verb_names_documents_by_id_and_leaves_with_1(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    released(lake)
    got = CliRunner().invoke(sources, ["optouts", str(listed(tmp_path / "o")), "--lake", str(lake.root), "--json"])
    assert got.exit_code == 1
    assert [json.loads(line)["doc_id"] for line in got.stdout.splitlines()] == [1 << 32, (1 << 32) + 1]
    assert (
        got.stderr == "s@1: 3 documents, named: 1 by author l.csv, 1 by domain l.csv; 1 no longer kept, not checked\n"
    )
    clean = listed(tmp_path / "p", "kind,value\ndomain,other.example\n")
    assert CliRunner().invoke(sources, ["optouts", str(clean), "--lake", str(lake.root)]).exit_code == 0
