"""A run's ledger says how many findings of a sample differ from those of the recognizers alone."""

from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.models.personal import Finder, finder
from pipeline.schemas import DECISIONS, DOCUMENTS, conform
from pipeline.steps import gates, runs
from pipeline.steps.finishing import Outcome, finish
from pipeline.steps.verifying import verify_personal
from pipeline.store import parquet
from pipeline.store.lake import Lake
from tests.steps.test_runs import PLAN


@pytest.fixture(scope="module")
def find() -> Finder:
    return finder()


def documents(*texts: str) -> pa.Table:
    n = len(texts)
    given = {"doc_id": list(range(n)), "source_id": ["s"] * n, "text": list(texts), "lang": ["en"] * n}
    return conform(given | {"content_hmac": [b"0" * 32] * n, "locator": ["l"] * n}, DOCUMENTS)


def test_the_sample_is_spread_over_the_batches_and_its_counts_are_in_the_ledger(tmp_path: Path, find: Finder) -> None:
    context = runs.start(Lake(tmp_path), PLAN)
    for batch, texts in enumerate((["mail a@b.com"] * 8, ["no", "ip 81.2.69.142", "no"])):
        read = documents(*texts)
        n = read.num_rows
        rows = {"doc_id": read.column("doc_id"), "outcome": ["keep"] * n, "rule_id": ["R"] * n, "rule_version": [1] * n}
        finish(context, "documents", batch, "s", Outcome(decisions=conform(rows, DECISIONS)))
        parquet.write(context.lake.documents("first", "duplicates", batch), read)

    assert [verify_personal(context, find, n) for n in (0, 5)] == [0, 0]

    [row] = gates.ask(context, "select * exclude (against) from verifications where run = $run").to_pylist()
    counts = {"n_documents": 5, "n_findings": 4, "n_differing": 0, "n_unscanned": 0}
    assert row == {"run": "first", "stage": "personal"} | counts
