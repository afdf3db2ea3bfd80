"""A model of a person's labels, from the file to decisions."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from pipeline import steps
from pipeline.cli.quality import command
from pipeline.errors import InputMalformed, InputMissing
from pipeline.ledger import log
from pipeline.rules import quality_models
from pipeline.rules.quality_models import ModelRule
from pipeline.schemas import DECISIONS, DOCUMENTS, conform
from pipeline.schemas.sources import SOURCES
from pipeline.steps import measuring_quality, runs, stages
from pipeline.steps.finishing import Outcome, finish
from pipeline.steps.runs import Context
from pipeline.steps.whatif import whatif
from pipeline.store import parquet
from pipeline.store.lake import Lake
from tests.models.test_quality import labelled
from tests.steps import registers
from tests.steps.test_runs import PLAN

GOOD, BAD = (
    "the old mill stood by the river and water rose in spring",
    "buy cheap, best price, click here for the offer",
)


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    file = tmp_path / "labels.jsonl"
    rows = [{"text": t, "language": lang, "label": "accept" if ok else "reject"} for t, lang, ok in labelled()]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def invoke(*arguments: str, rows: str = "") -> list[dict]:
    result = CliRunner().invoke(command, arguments, input=rows)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def name_in_rules(monkeypatch: pytest.MonkeyPatch, sha256: str) -> None:
    monkeypatch.setattr(quality_models, "model", lambda: ModelRule(format="provender", sha256=sha256))
    measuring_quality.model.cache_clear()


def with_register(context: Context) -> None:
    told = {"source_id": ["wiki"], "kind": ["open-data"], "missing": [[]], "register_sha256": [b"0" * 32]}
    parquet.write(context.lake.run(PLAN.run) / "sources.parquet", conform(told, SOURCES))


def with_documents(context: Context, *texts: str) -> None:
    n = len(texts)
    told = {"source_id": ["wiki"] * n, "lang": ["en"] * n, "content_hmac": [b"0" * 32] * n, "locator": ["l"] * n}
    table = conform({"doc_id": range(n), "text": texts} | told, DOCUMENTS)
    parquet.write(context.lake.documents(PLAN.run, "prohibited", 0), table)
    finish(context, "documents", 0, "wiki", Outcome(decisions=DECISIONS.empty_table()))


def test_a_trained_model_lies_in_the_lake_under_its_hash_and_can_be_tried(tmp_path, labels) -> None:
    (trained,) = invoke("train", str(labels), "--lake", str(tmp_path))
    rows = "".join(json.dumps({"text": text}) + "\n" for text in (GOOD, BAD))

    tried = invoke("measure", "-", "--model", trained["sha256"], "--lake", str(tmp_path), rows=rows)
    without = invoke("measure", "-", "--lake", str(tmp_path), rows=rows)

    assert Path(trained["file"]) == tmp_path / "models" / trained["sha256"]
    assert [one["lang"] for one in trained["held_out"]] == ["all", "en", "zh"]
    assert tried[1]["model_ppm"] < 500_000 < tried[0]["model_ppm"]
    assert [row["model_ppm"] for row in without] == [None, None]
    assert [row | {"model_ppm": None} for row in tried] == without


def test_a_parquet_file_with_another_label_field_trains_the_same_model(tmp_path, labels) -> None:
    rows = [json.loads(line) for line in labels.read_text(encoding="utf-8").splitlines()]
    table = pa.table(
        {
            "text": [row["text"] for row in rows],
            "lang": [row["language"] for row in rows],
            "good": [row["label"] == "accept" for row in rows],
        }
    )
    pq.write_table(table, tmp_path / "labels.parquet")

    first = measuring_quality.train(Lake(tmp_path), str(labels), "label")
    second = measuring_quality.train(Lake(tmp_path), str(tmp_path / "labels.parquet"), "good")

    assert first == second


def test_a_row_without_a_label_is_named(tmp_path) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text('{"text": "a", "label": 1}\n{"text": "b"}\n')

    with pytest.raises(InputMalformed, match="row 2"):
        measuring_quality.train(Lake(tmp_path), str(file), "label")


def test_a_run_stores_what_the_model_says_names_it_in_the_ledger_and_can_be_asked(
    tmp_path, labels, monkeypatch
) -> None:
    lake = Lake(tmp_path)
    _, trained = measuring_quality.train(lake, str(labels), "label")
    name_in_rules(monkeypatch, trained.sha256)
    context = runs.start(lake, PLAN)
    with_register(context)
    with_documents(context, GOOD, BAD)

    stages.quality(context)

    measures = stages.read_measures(context, "quality", 0)
    good, bad = measures.column("model_ppm").to_pylist()
    (entry,) = log.entries(lake.ledger, kind="decisions", stage="quality")
    asked = whatif(context, "QUA.M001", 500_000)["counts"]
    assert bad < 500_000 < good
    assert measures.column("source_reliability_ppm").to_pylist() == [350_000] * 2
    assert entry["models"] == {"quality/provender": trained.sha256}
    assert [(row["objects_now"], row["objects_then"]) for row in asked] == [(0, 1)]


def test_a_model_that_is_not_there_stops_a_run_before_it_starts_and_the_stage_before_any_batch(
    tmp_path, monkeypatch
) -> None:
    name_in_rules(monkeypatch, "0" * 64)
    folder = registers.write(tmp_path / "register", "wiki")
    lake = tmp_path / "lake"

    with pytest.raises(InputMissing, match="not in the lake"):
        steps.sources(str(lake), "first", [str(folder)], "pretrain", "tests")
    with pytest.raises(InputMissing, match="not in the lake"):
        stages.quality(runs.start(Lake(lake), PLAN))

    assert not list(lake.glob("ledger/**/*.json"))
