"""What the stage `duplicates` said of documents, and the weights of their mixture, reach the snapshot."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipeline.ledger import queries, views
from pipeline.rules import diversity as rules
from pipeline.rules.duplicates import duplicate_rules
from pipeline.snapshots import freezing, sampling, states
from pipeline.stages.diversity import mixture as stage
from pipeline.steps import copies, mixture, runs
from pipeline.steps.runs import Context
from pipeline.store import parquet
from pipeline.store.lake import Lake
from tests.steps.test_copies import documents, started, texts

SOURCES = {1: "web", 2: "laws"}
TARGET = replace(rules.targets()[0], axis="source", value="", least_ppm=0, most_ppm=500_000, shadow=False)


@pytest.fixture
def finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """A run of sixty-three documents after its last stage, under one target: no source is more than half."""
    rows = [one for one in texts() if one]
    batch_of = [2 if "\u4e00" <= one[0] < "\u9fff" else 1 for one in rows]
    context = started(Lake(tmp_path / "lake"), "r", documents(rows, batch_of, SOURCES), {})
    copies.duplicates(context)
    for batch in runs.batches(context):
        kept = parquet.read(context.lake.documents("r", "duplicates", batch))
        parquet.write(context.lake.documents("r", "diversity", batch), kept)
    monkeypatch.setattr(rules, "targets", lambda: (TARGET,))
    bounds = replace(rules.weights(), least_documents=1, most_ppm=400_000_000, least_ppm=1)
    monkeypatch.setattr(rules, "weights", lambda: bounds)
    return context


def freeze(context: Context, weights: pa.Table) -> freezing.Frozen:
    paths = [context.lake.documents("r", "diversity", batch) for batch in runs.batches(context)]
    return freezing.freeze(
        context.lake, name="tea", run="r", use="pretrain", documents=paths, licences=dict.fromkeys(SOURCES.values(), "MIT"),
        attributions={}, at_us=1, actor="tests", weights=weights,
    )  # fmt: skip


def test_versions_of_a_statute_stay_in_one_cluster_of_which_one_is_the_best(finished: Context) -> None:
    got = mixture.sampling(finished)

    laws = got.filter(pc.equal(pc.shift_right(got.column("doc_id"), 32), 2))
    clustered = laws.filter(pc.is_valid(laws.column("cluster_id")))
    assert clustered.num_rows == 3
    assert len(set(clustered.column("cluster_id").to_pylist())) == 1
    assert clustered.column("kept_doc_id").null_count == 1
    assert set(clustered.column("kept_doc_id").to_pylist()) <= {None, *clustered.column("doc_id").to_pylist()}


def test_where_the_rule_keeps_near_copies_each_snapshot_chooses_one_of_a_cluster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping = tuple(replace(one, outcome="keep") if one.relation == "near" else one for one in duplicate_rules())
    monkeypatch.setattr(copies, "duplicate_rules", lambda: keeping)
    rows = texts()[:30]
    context = started(Lake(tmp_path), "r", documents(rows, [1] * 30, SOURCES), {})
    copies.duplicates(context)
    kept = parquet.read(context.lake.documents("r", "duplicates", 1))
    parquet.write(context.lake.documents("r", "diversity", 1), kept)

    got = mixture.sampling(context)

    left = got.filter(~pc.field("doc_id").isin(sampling.second(got)))
    clusters = [one for one in left.column("cluster_id").to_pylist() if one is not None]
    assert got.num_rows == 24  # thirty less six exact copies
    assert len(clusters) == len(set(clusters)) == 6
    assert left.num_rows == 6
    assert left.column("kept_doc_id").null_count == 6


def test_a_document_inside_another_is_in_no_cluster_for_it(finished: Context) -> None:
    got = mixture.sampling(finished).filter(pc.field("kept_doc_id").is_valid())

    assert got.filter(pc.field("cluster_id").is_null()).num_rows == 0


def test_what_an_earlier_snapshot_holds_is_named(finished: Context) -> None:
    frozen = freeze(finished, None)
    states.append(finished.lake.ledger, frozen, states.APPROVED, at_us=2, actor="tests")
    new = documents([texts()[0], texts()[32], "something else"], [5, 5, 5], {5: "web"})
    second = started(finished.lake, "second", new, {})
    copies.duplicates(second)
    parquet.write(second.lake.documents("second", "diversity", 5), new)

    held = mixture.sampling(second).column("held_doc_id").to_pylist()

    members = set(parquet.read(frozen.folder / "members.parquet").column("doc_id").to_pylist())
    assert held[2] is None
    assert set(held[:2]) <= members


def test_the_frozen_weights_make_the_mixture_that_the_target_asks_for(finished: Context) -> None:
    frozen = freeze(finished, mixture.sampling(finished))

    found = mixture.shares(frozen)

    assert found.column("value").to_pylist() == ["laws", "web"]
    assert max(found.column("share_ppm").to_pylist()) > 800_000
    assert max(found.column("weighted_ppm").to_pylist()) <= 501_000
    assert stage.broken(found).num_rows == 0


def test_what_the_check_found_is_in_the_ledger_once(finished: Context) -> None:
    frozen = freeze(finished, mixture.sampling(finished))

    found = mixture.recorded(finished, frozen)
    mixture.recorded(finished, frozen)

    with views.connect(finished.lake.ledger) as connection:
        assert queries.run(connection, "Q58", {"snapshot": "tea@1"}).num_rows == found.num_rows == 2


def test_without_weights_the_mixture_is_counted_as_it_is_and_stops(finished: Context) -> None:
    frozen = freeze(finished, None)

    assert stage.broken(mixture.shares(frozen)).column("value").to_pylist() == ["web"]
