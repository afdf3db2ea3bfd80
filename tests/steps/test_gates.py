"""A gate stops the run after its results are in the ledger."""

from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.errors import GateFailed
from pipeline.steps import gates, runs
from pipeline.steps.runs import Context
from pipeline.store.lake import Lake
from tests.steps.test_runs import PLAN

GOOD = {
    "source_id": "s",
    "n_documents": 3,
    "n_decided": 3,
    "n_decided_twice": 0,
    "n_kept": 2,
    "n_without_lang": 0,
    "n_without_hmac": 0,
    "n_unlicensed": 0,
}


def _results(context: Context) -> list[bool]:
    found = gates.ask(context, "select is_success from expectation_results where run = $run order by all")
    return found.column("is_success").to_pylist()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the imports of Great Expectations
def test_a_met_suite_passes_and_a_failed_one_is_named_and_both_are_in_the_ledger(tmp_path: Path) -> None:
    context = runs.start(Lake(tmp_path), PLAN)

    got = gates.gate(context, "documents", pa.Table.from_pylist([GOOD]))

    assert got["failed"] == 0
    assert _results(context) == [True] * got["expectations"]
    with pytest.raises(GateFailed, match="n_decided_twice"):
        gates.gate(context, "documents", pa.Table.from_pylist([GOOD | {"n_decided_twice": 2}]))
    assert _results(context).count(False) == 1
