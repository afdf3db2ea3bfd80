"""A mixed source, from its register to the ledger: each document by what it says, and the risk record of every one."""

import json
from pathlib import Path

import pytest

from pipeline.errors import GateFailed, UsageError
from pipeline.ledger import queries, views
from pipeline.steps import licensing, reading, register, registering, runs, snapshots
from pipeline.steps.runs import Context
from pipeline.store import parquet
from pipeline.store.lake import Lake
from tests.steps import registers

ROWS = [
    {"text": "Tea is made of leaves.", "licence": "CC-BY-4.0"},
    {"text": "Tea is made of leaves and water.", "licence": "NOASSERTION"},
    {"text": "Tea is drunk in the afternoon.", "licence": "CC-BY-NC-4.0"},
    {"text": "Tea is sold by weight.", "licence": "as is"},
    {"text": "Tea is grown on hills."},
    {"text": "Tea is law.", "licence": "CC0-1.0"},
]


@pytest.fixture
def context(tmp_path: Path) -> Context:
    lake, folder = Lake(tmp_path / "lake"), registers.write(tmp_path / "r", "a")
    said = (
        (folder / "a.toml").read_text().replace('expression = "MIT"\ntext_file = "LICENSE"', "is_per_document = true")
    )
    (folder / "a.toml").write_text(said.replace('patterns = ["a.jsonl"]', 'patterns = ["a.jsonl", "docs/*.md"]'))
    (folder / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    (folder / "docs").mkdir()
    (folder / "docs" / "b.md").write_text("Tea is poured from pots.")
    (folder / "docs" / "REUSE.toml").write_text('[[annotations]]\npath = "*.md"\nSPDX-License-Identifier = "MIT"\n')
    registering.sources(lake, run="r", registers=[str(folder)], use="pretrain", actor="tests")
    started = runs.load(lake, "r")
    register.licences(started)
    reading.documents(started)
    return started


def test_each_document_is_decided_by_its_own_licence_and_only_those_go_on(context: Context) -> None:
    with views.connect(context.lake.ledger) as connection:
        sql = "select outcome, rule_id, evidence_sha256 from decisions where stage = 'licences' order by doc_id"
        decided = queries.select(connection, sql).to_pylist()
        went_on = queries.select(connection, "select doc_id from decisions where stage = 'documents'").to_pylist()
    assert [(row["outcome"], row["rule_id"]) for row in decided] == [
        ("keep", "LIC.R003"),
        ("quarantine", "LIC.R000"),
        ("drop", "LIC.R008"),
        ("quarantine", "LIC.R011"),
        ("quarantine", "LIC.R000"),
        ("keep", "LIC.R001"),
        ("keep", "LIC.R002"),
    ]
    assert len(went_on) == 3
    evidence = registering.evidence_path(context.lake, decided[6]["evidence_sha256"].hex())
    assert evidence.read_text() == "file reuse: MIT\n"


def test_a_snapshot_is_told_the_licence_of_each_document(context: Context) -> None:
    own = licensing.own(context)
    kept = parquet.read(next((context.lake.root / "documents" / "r" / "documents").glob("*.parquet")))
    said = dict(zip(own.column("doc_id").to_pylist(), own.column("expression").to_pylist(), strict=True))
    assert [said[doc_id] for doc_id in kept.column("doc_id").to_pylist()] == ["CC-BY-4.0", "CC0-1.0", "MIT"]


def test_every_document_that_was_read_has_a_record_of_its_ip_risk(context: Context) -> None:
    with views.connect(context.lake.ledger) as connection:
        found = queries.run(connection, "Q27", {"run": "r"}).to_pylist()
    assert [row["ip_class"] for row in found] == [
        "copyright",
        "unknown",
        "copyright",
        "unknown",
        "unknown",
        "none",
        "copyright",
    ]


def _read(folder: Path, lake: Lake, run: str, **of: object) -> dict[str, tuple[str, str]]:
    """Source to outcome and rule of the step `licences`; what is kept is read."""
    registering.sources(lake, run=run, registers=[str(folder)], use="pretrain", actor="tests", **of)
    started = runs.load(lake, run)
    register.licences(started)
    reading.documents(started)
    rows = parquet.read(lake.run(run) / "decisions-licences.parquet").to_pylist()
    return {row["source_id"]: (row["outcome"], row["rule_id"]) for row in rows}


def test_the_place_of_training_decides_and_is_in_the_ledger_with_what_is_domestic_there(tmp_path: Path) -> None:
    lake, folder = Lake(tmp_path / "lake"), registers.write(tmp_path / "r", "a", "b")
    said = (folder / "a.toml").read_text().replace('"MIT"', '"LicenseRef-mining-exception"')
    said = said.replace('jurisdiction = "CN"', 'jurisdiction = "JP"').replace('"LICENSE"', '"OPINION"\n{confirmed}')
    confirmed = "confirmed_by = 'counsel'\nconfirmed_at = 2026-01-01"
    (folder / "a.toml").write_text(said.replace("{confirmed}", confirmed))
    (folder / "OPINION").write_text("An opinion on mining in Japan.")
    assert _read(folder, lake, "home") == {"a": ("drop", "LIC.R020"), "b": ("keep", "LIC.R002")}
    assert _read(folder, lake, "abroad", place="JP")["a"] == ("keep", "LIC.R020")
    with views.connect(lake.ledger) as connection:
        told = queries.select(connection, "select run, place, is_commercial from runs order by run").to_pylist()
        mix = queries.run(connection, "Q38", {"run": "abroad"}).to_pylist()
    assert [tuple(row.values()) for row in told] == [("abroad", "JP", True), ("home", "CN", True)]
    assert [(row["origin"], row["jurisdictions"], row["share_ppm"]) for row in mix] == [
        ("domestic", ["JP"], 500_000),
        ("foreign", ["CN"], 500_000),
    ]


def test_a_place_that_is_no_country_is_refused(tmp_path: Path) -> None:
    folder = registers.write(tmp_path / "r", "a")
    with pytest.raises(UsageError):
        _read(folder, Lake(tmp_path / "lake"), "r", place="Japan")


def test_a_run_is_frozen_for_the_use_for_which_it_decided_only(context: Context) -> None:
    with pytest.raises(GateFailed) as refused:
        snapshots.freeze(str(context.lake.root), "r", "tea", "finetune", "tests")
    assert "not for finetune" in str(refused.value)
