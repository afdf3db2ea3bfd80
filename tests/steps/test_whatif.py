"""What another limit would change is what deciding again with it changes."""

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner

from pipeline.cli.quality import command
from pipeline.errors import InputMissing, UsageError
from pipeline.rules import quality as quality_rules
from pipeline.schemas import DECISIONS
from pipeline.stages import quality
from pipeline.steps import runs
from pipeline.steps.finishing import Outcome, finish
from pipeline.steps.runs import Context
from pipeline.steps.whatif import whatif
from pipeline.store import parquet
from pipeline.store.lake import Lake
from tests.steps.test_runs import PLAN

TEXTS = {
    (0, "wiki"): ["A plain sentence of words, and nothing else in it.", "Short one.", "Lorem ipsum dolor sit amet."],
    (1, "forum"): ["Home\nAbout\nContact\nLogin\nShop", "The mill stood by the river for two hundred years."],
}


@pytest.fixture
def context(tmp_path: Path) -> Context:
    context = runs.start(Lake(tmp_path), PLAN)
    for (batch, source), texts in TEXTS.items():
        ids = pa.array([batch << 32 | i for i in range(len(texts))], pa.int64())
        documents = pa.table({"doc_id": ids, "lang": pa.array(["en"] * len(texts)), "text": pa.array(texts)})
        measures = quality.measure(documents, quality_rules.phrases())
        parquet.write(context.lake.measures(PLAN.run, "quality", batch), measures)
        finish(context, "documents", batch, source, Outcome(decisions=DECISIONS.empty_table()))
    return context


def kept(context: Context, rules) -> dict[int, bool]:
    tables = [parquet.read(context.lake.measures(PLAN.run, "quality", batch)) for batch, _ in TEXTS]
    decided = quality.decide(pa.concat_tables(tables), rules)
    return {
        one: outcome == "keep"
        for one, outcome in zip(decided["doc_id"].to_pylist(), decided["outcome"].to_pylist(), strict=True)
    }


@pytest.mark.parametrize(
    ("rule_id", "threshold"),
    [("QUA.R001", 5), ("QUA.R001", 40), ("QUA.R007", 9), ("QUA.R005", 1_000_000), ("QUA.en-1.R02", 0)],
)
def test_counts_and_sample_are_those_of_deciding_again(rule_id, threshold, context) -> None:
    rules = quality_rules.rules()
    changed = [
        replace(r, **{"below" if r.below is not None else "above": threshold}) if r.id == rule_id else r for r in rules
    ]

    got = whatif(context, rule_id, threshold)

    now, then = kept(context, rules), kept(context, changed)
    assert sum(row["kept_now"] for row in got["counts"]) == sum(now.values())
    assert sum(row["kept_then"] for row in got["counts"]) == sum(then.values())
    assert set(got["sample"]) == {one for one in now if now[one] != then[one]}
    assert [(row["source_id"], row["lang"], row["documents"]) for row in got["counts"]] == [
        ("forum", "en", 2),
        ("wiki", "en", 3),
    ]


def test_a_shadow_rule_is_asked_as_if_it_decided(context) -> None:
    got = whatif(context, "gopher_q@datatrove-0.10/alnum-han-1#gopher_short_doc", 50)

    assert sum(row["objects_now"] for row in got["counts"]) == 0
    assert sum(row["objects_then"] for row in got["counts"]) == 5


def test_the_verb_prints_the_answer_as_json(context) -> None:
    arguments = [
        "whatif",
        "--rule",
        "QUA.R001",
        "--threshold",
        "5",
        "--run",
        PLAN.run,
        "--lake",
        str(context.lake.root),
    ]
    result = CliRunner().invoke(command, arguments)

    assert json.loads(result.stdout)["limit_then"] == 5


def test_an_unknown_rule_and_a_run_without_measures_are_named(tmp_path, context) -> None:
    with pytest.raises(UsageError, match=r"QUA\.X"):
        whatif(context, "QUA.X", 1)
    with pytest.raises(InputMissing, match="no measures"):
        whatif(runs.start(Lake(tmp_path / "other"), PLAN), "QUA.R001", 1)
