"""A rule that removes much of a source stops the gate until a person answers for it in the ledger."""

from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner

from pipeline.cli.quality import command
from pipeline.errors import GateFailed, UsageError
from pipeline.ledger import queries, views
from pipeline.rules import quality as quality_rules
from pipeline.schemas import DECISIONS, conform
from pipeline.steps import guarding, runs
from pipeline.steps.finishing import Outcome, finish
from pipeline.steps.runs import Context
from pipeline.store.lake import Lake
from tests.steps.test_runs import PLAN

GUARD = quality_rules.guard()
LEAST = GUARD.least_documents


def decided(tmp_path: Path, stage: str, removed: int, of: int, outcome: str = "drop") -> Context:
    """A run in which one rule removed some of the documents of the source `books`."""
    context = runs.start(Lake(tmp_path), PLAN)
    outcomes = [outcome] * removed + ["keep"] * (of - removed)
    rules = ["QUA.R003"] * removed + ["QUA.R000"] * (of - removed)
    columns = {"doc_id": list(range(of)), "outcome": outcomes, "rule_id": rules, "rule_version": [1] * of}
    rows = conform({k: pa.array(v, DECISIONS.field(k).type) for k, v in columns.items()}, DECISIONS)
    finish(context, stage, 0, "books", Outcome(decisions=rows))
    return context


@pytest.mark.parametrize(
    ("stage", "counts", "outcome", "stops"),
    [
        ("quality", (LEAST // 2, LEAST), "drop", True),
        ("quality", (LEAST // 2, LEAST), "quarantine", True),
        ("duplicates", (LEAST, LEAST), "drop", True),
        ("personal", (LEAST, LEAST), "drop", False),  # not watched
        ("quality", (LEAST - 1, LEAST - 1), "drop", False),  # a small source
        ("quality", (LEAST * 2 // 5, LEAST), "drop", False),  # exactly the share
        ("quality", (0, LEAST), "drop", False),
    ],
)
def test_more_than_the_share_of_a_source_that_is_large_enough_stops_the_gate(
    tmp_path, stage, counts, outcome, stops
) -> None:
    removed, of = counts
    context = decided(tmp_path, stage, removed, of, outcome)

    assert guarding.alarms(context).num_rows == int(stops)
    if stops:
        with pytest.raises(GateFailed, match=rf"QUA.R003 removed {removed} of {of} documents of books"):
            guarding.require(context)
    else:
        guarding.require(context)


def test_who_answers_for_an_alarm_lets_the_run_go_on_and_stands_in_the_ledger(tmp_path) -> None:
    context = decided(tmp_path, "quality", LEAST, LEAST)
    arguments = ["acknowledge", "--run", PLAN.run, "--source", "books", "--rule", "QUA.R003", "--as", "ann"]

    done = CliRunner().invoke(command, [*arguments, "--reason", "scans without text", "--lake", str(tmp_path)])

    assert done.exit_code == 0, done.output
    guarding.require(context)
    with views.connect(context.lake.ledger) as connection:
        rows = queries.table(
            connection, "select source_id, rule_id, n_removed, reason, actor from acknowledgements", {}
        )
    assert rows.to_pylist() == [
        {
            "source_id": "books",
            "rule_id": "QUA.R003",
            "n_removed": LEAST,
            "reason": "scans without text",
            "actor": "ann",
        }
    ]


@pytest.mark.parametrize(
    ("source", "rule", "reason"), [("books", "QUA.R004", "x"), ("maps", "QUA.R003", "x"), ("books", "QUA.R003", " ")]
)
def test_what_is_no_alarm_and_what_has_no_reason_is_not_answered(tmp_path, source, rule, reason) -> None:
    context = decided(tmp_path, "quality", LEAST, LEAST)

    with pytest.raises(UsageError):
        guarding.acknowledge(context, source_id=source, rule_id=rule, actor="ann", reason=reason)
    with pytest.raises(GateFailed):
        guarding.require(context)
