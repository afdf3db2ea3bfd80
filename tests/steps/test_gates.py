"""A gate stops the run after its results are in the ledger."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline import checks
from pipeline.errors import GateFailed
from pipeline.ledger import log
from pipeline.schemas import conform
from pipeline.schemas.ledger import KINDS
from pipeline.steps import checking, gates, reading, register, registering, runs
from pipeline.steps.runs import Context
from pipeline.store.lake import Lake
from tests.steps import registers
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
    "n_of_expired_source": 0,
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
    with pytest.raises(GateFailed, match="n_of_expired_source"):
        gates.gate(context, "documents", pa.Table.from_pylist([GOOD | {"n_of_expired_source": 1}]))


FIT = {
    "n_members": 1, "n_documents": 1, "n_without_licence": 0, "n_without_personal_row": 0, "n_dropped": 0,
    "n_withdrawn": 0, "n_alarms_open": 0, "n_of_expired_sources": 0, "n_exact_duplicates": 0, "n_sampled": 1, "n_residual_personal": 0,
    "prohibited_ppm": 0, "prohibited_source_ppm": 50_000, "residual_prohibited_ppm": 0, "near_duplicates_ppm": 10_000,
    "residual_quality_ppm": 0, "n_mixture_broken": 0, "is_ledger_whole": 1,
    "unwitnessed_minutes": 0,
}  # fmt: skip


def test_every_limit_that_is_a_choice_names_its_source() -> None:
    suites = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(checks.SUITES.glob("*.json"))]
    chosen = [
        one["meta"]
        for suite in suites
        for one in suite["expectations"]
        if max(one["kwargs"].get("max_value", 0), one["kwargs"].get("min_value", 0)) > 1
    ]
    assert len(chosen) >= 6
    assert all(meta.get("source") for meta in chosen)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("column", "observed"), [("near_duplicates_ppm", 10_001), ("prohibited_ppm", 1), ("prohibited_source_ppm", 50_001)]
)
def test_a_failed_gate_says_what_was_found_and_what_it_means(tmp_path: Path, column: str, observed: int) -> None:
    context = runs.start(Lake(tmp_path), PLAN)
    with pytest.raises(GateFailed, match=rf"1 of \d+ expectations failed: {column} {observed} \([a-z]"):
        gates.gate(context, "members", pa.Table.from_pylist([FIT | {column: observed}]), subject="a@1")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_mixture_that_no_weight_mends_stops_approval(tmp_path: Path) -> None:
    context = runs.start(Lake(tmp_path), PLAN)

    assert gates.gate(context, "members", pa.Table.from_pylist([FIT]), subject="a@1")["failed"] == 0
    with pytest.raises(GateFailed, match="n_mixture_broken"):
        gates.gate(context, "members", pa.Table.from_pylist([FIT | {"n_mixture_broken": 1}]), subject="a@2")


DAY_US = 86_400_000_000


@pytest.mark.parametrize(
    ("more", "licence", "days", "n"),
    [
        ("", "", 364, 0),  # evidence holds for a year
        ("", "", 366, 1),
        ("", "captured_at = {captured}", 20, 0),
        ("", "captured_at = {captured}", 30, 1),  # it was old when the run began
        ("recheck_at = {recheck}", "", 5, 0),
        ("recheck_at = {recheck}", "", 12, 1),
    ],
)
def test_what_has_run_out_since_the_run_keeps_its_documents_from_approval(
    tmp_path: Path, more, licence, days, n
) -> None:
    today = datetime.now(UTC).date()
    dates = {"captured": today - timedelta(days=340), "recheck": today + timedelta(days=10)}
    folder = registers.write(tmp_path / "r", "a", more=more.format(**dates))
    said = (folder / "a.toml").read_text()
    (folder / "a.toml").write_text(said.replace("[personal]", f"{licence.format(**dates)}\n[personal]"))
    lake = Lake(tmp_path / "lake")
    registering.sources(lake, run="r", registers=[str(folder)], use="pretrain", actor="tests")
    context = runs.load(lake, "r")
    register.licences(context)
    reading.documents(context)
    [doc_id] = (
        gates.ask(context, "select doc_id from decisions where stage = 'documents' and run = $run")
        .column("doc_id")
        .to_pylist()
    )
    member = {"snapshot_id": ["tea@1"], "doc_id": [doc_id]}
    entry = log.Entry(kind="snapshot_members", key="m", at_us=1, actor="tests", run="r")
    log.append(lake.ledger, entry, conform(dict(member), KINDS["snapshot_members"]))
    got = checking.counts(context, "tea@1", now_us=runs.now_us() + days * DAY_US)
    assert (got["n_members"], got["n_of_expired_sources"]) == (1, n)
