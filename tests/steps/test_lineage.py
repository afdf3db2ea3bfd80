"""OpenLineage events of a run, held against the published schema where it is here; reviews taken into the ledger."""

import json
import os
from pathlib import Path

import pytest

from pipeline.errors import InputMalformed, UsageError
from pipeline.ledger import log, queries, verify, views
from pipeline.schemas import DECISIONS, conform
from pipeline.steps import lineage, reviewing, runs
from pipeline.steps.runs import Context
from pipeline.store import parquet
from pipeline.store.lake import Lake
from tests.steps.test_runs import PLAN

CORPORA = Path(os.environ.get("PROVENDER_CORPORA", Path(__file__).parents[3] / "shared/corpora"))
SCHEMA = CORPORA / "public/openlineage/OpenLineage.json"


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """A run that has decided three documents of two sources in two stages."""
    context = runs.start(Lake(tmp_path), PLAN)
    for stage in ("documents", "quality"):
        for batch, n in ((1, 2), (2, 1)):
            rows = {"doc_id": range(n), "outcome": ["keep"] * n, "rule_id": ["X.R1"] * n, "rule_version": [1] * n}
            entry = log.Entry(
                kind="decisions",
                key=f"{stage}{batch}",
                at_us=batch * 1_000_000,
                actor="t",
                run=PLAN.run,
                stage=stage,
                batch=batch,
                source_id=f"s{batch}",
            )
            log.append(context.lake.ledger, entry, conform(rows, DECISIONS))
    return context


def test_every_stage_begins_and_completes_with_its_sources_and_counts_once(context: Context) -> None:
    assert lineage.append(context) == 4
    assert lineage.append(context) == 4

    with views.connect(context.lake.ledger) as connection:
        found = queries.table(connection, "select job, event_type, event from openlineage order by seq", {})
    assert sorted((r["job"], r["event_type"]) for r in found.to_pylist()) == [
        ("documents", "COMPLETE"),
        ("documents", "START"),
        ("quality", "COMPLETE"),
        ("quality", "START"),
    ]
    done = next(json.loads(r["event"]) for r in found.to_pylist() if r["event_type"] == "COMPLETE")
    assert [one["name"] for one in done["inputs"]] == ["s1", "s2"]
    facet = done["outputs"][0]["outputFacets"]["outputStatistics"]
    assert (facet["rowCount"], facet["fileCount"], done["eventTime"]) == (3, 2, "1970-01-01T00:00:02+00:00")
    verify.verify(context.lake.ledger)


def test_the_events_are_what_the_published_schema_describes(context: Context) -> None:
    if not SCHEMA.exists():
        pytest.skip("the OpenLineage schema is not here (PROVENDER_CORPORA)")
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    for event in lineage.events(context):
        validator.validate(event)


def test_verdicts_of_people_are_recorded_once_and_counted(context: Context, tmp_path: Path) -> None:
    path = tmp_path / "verdicts.jsonl"
    path.write_text('{"doc_id": 0, "verdict": "pass", "note": "private"}\n\n{"doc_id": 1, "verdict": "fail"}\n')
    for _ in range(2):
        assert reviewing.record(context.lake, path, campaign="spring", reviewer="lin", at_us=9) == 2

    (entry,) = log.entries(context.lake.ledger, kind="reviews")
    assert parquet.read(context.lake.ledger / str(entry["path"])).column("doc_id").to_pylist() == [0, 1]
    with views.connect(context.lake.ledger) as connection:
        assert queries.run(connection, "Q19").to_pylist() == [
            {"campaign": "spring", "reviewer": "lin", "docs": 2, "pass_ppm": 500_000}
        ]


@pytest.mark.parametrize(
    "line", ["", "x", "7", '{"doc_id": "7", "verdict": "pass"}', '{"doc_id": 7, "verdict": "maybe"}']
)
def test_what_is_no_verdict_is_refused_by_its_line(context: Context, tmp_path: Path, line: str) -> None:
    path = tmp_path / "verdicts.jsonl"
    path.write_text(f"{line}\n")
    with pytest.raises(InputMalformed):
        reviewing.record(context.lake, path, campaign="spring", reviewer="lin", at_us=9)
    with pytest.raises(UsageError):
        reviewing.record(context.lake, path, campaign="", reviewer="lin", at_us=9)
