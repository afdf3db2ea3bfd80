"""Readers: whichever way a snapshot is read, what was withdrawn is not in it."""

import importlib.util
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pipeline
from pipeline.errors import EvidenceBroken, Expired, FeedTooOld, NotApproved, UsageError, Withdrawn
from pipeline.rules.requests import DAY_US
from pipeline.snapshots import pulled, withdraw, withdrawing
from pipeline.snapshots.reading import FeedOld, Snapshot
from pipeline.snapshots.rows import Rows
from tests.snapshots.test_snapshots import World, world
from tests.snapshots.test_withdrawing import FIRST, ids, order

__all__ = ["world"]

ALL = {FIRST + n for n in range(30)} | {(5 << 32) + n for n in range(3)}
GONE = {FIRST + 3, FIRST + 4, FIRST + 29}


@pytest.fixture
def opened(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Snapshot:
    monkeypatch.setattr("pipeline.snapshots.rows.READ_ROWS", 4)
    world.publish(shard_bytes=400)
    world.pull(tmp_path / "got")
    withdrawing.withdraw(world.lake, ids(3, 4, 29), order("rights-notice"))
    pulled.refresh(tmp_path / "got", world.lake.snapshots, at_us=9_500)
    return pipeline.open(tmp_path / "got", at_us=9_500)


def test_arrow_leaves_out_what_was_withdrawn(opened: Snapshot) -> None:
    assert set(opened.dataset().to_table()["doc_id"].to_pylist()) == ALL - GONE
    assert opened.dataset().count_rows() == 30


def test_duckdb_leaves_out_what_was_withdrawn(opened: Snapshot) -> None:
    relation = opened.duckdb()

    assert relation.columns == ["doc_id", "text", "lang", "source_id", "licence"]
    assert relation.aggregate("count(*) as n, count(distinct doc_id) as d").fetchall() == [(30, 30)]
    assert {one for (one,) in relation.select("doc_id").fetchall()} == ALL - GONE


def test_hugging_face_leaves_out_what_was_withdrawn(opened: Snapshot, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    whole = opened.huggingface(cache_dir=str(tmp_path / "cache"))
    streamed = opened.huggingface(streaming=True)

    assert set(whole["doc_id"]) == ALL - GONE
    assert {one["doc_id"] for one in streamed} == ALL - GONE


def test_an_opened_snapshot_without_withdrawals_is_whole(world: World, tmp_path: Path) -> None:
    world.publish()
    world.pull(tmp_path / "got")
    found = pipeline.open(str(tmp_path / "got"), is_hashed=True, at_us=5_500)

    assert found.dataset().count_rows() == 33
    assert found.duckdb().aggregate("count(*)").fetchall() == [(33,)]
    assert {row["doc_id"] for row in found.rows()} == ALL


def test_readers_warn_then_refuse(world: World, tmp_path: Path) -> None:
    world.publish()
    world.pull(tmp_path / "got")
    with pytest.warns(FeedOld, match="not signed for 31 days"):
        pipeline.open(tmp_path / "got", at_us=4_000 + 31 * DAY_US)
    with pytest.raises(FeedTooOld):
        pipeline.open(tmp_path / "got", at_us=4_000 + 90 * DAY_US)
    with pytest.raises(Expired):
        pipeline.open(tmp_path / "got", at_us=4_000 + 366 * DAY_US)
    withdraw(world.lake, "corpus@1", actor="bob", reason="licence", at_us=7_000)
    pulled.refresh(tmp_path / "got", world.lake.snapshots, at_us=7_500)
    with pytest.raises(Withdrawn):
        pipeline.open(tmp_path / "got", at_us=7_500)


def test_a_shard_that_is_not_whole_is_not_read(world: World, tmp_path: Path) -> None:
    world.publish()
    world.pull(tmp_path / "got")
    shard = next((tmp_path / "got/data").iterdir())
    shard.write_bytes(shard.read_bytes()[:-1])
    with pytest.raises(EvidenceBroken, match="not whole"):
        pipeline.open(tmp_path / "got", at_us=5_500)


def test_an_exclusion_list_that_somebody_took_away_is_missed(opened: Snapshot) -> None:
    (opened.folder / "exclusion.parquet").unlink()

    with pytest.raises(NotApproved, match="3 documents"):
        pipeline.open(opened.folder, at_us=9_500)
    assert pulled.standing(opened.folder, at_us=9_500).state == pulled.PENDING


@pytest.mark.parametrize("seed", [None, 7])
@pytest.mark.parametrize(("world_size", "workers"), [(1, 1), (2, 1), (3, 2), (2, 40)])
def test_every_document_goes_to_one_worker_of_one_rank(
    opened: Snapshot, seed: int | None, world_size: int, workers: int
) -> None:
    got = []
    for consumer in range(world_size * workers):
        rows = opened.rows(shuffle_seed=seed)
        rows.share(consumer, world_size * workers)
        got += [row["doc_id"] for row in rows]

    assert sorted(got) == sorted(ALL - GONE)


def test_epochs_are_shuffled_differently_and_the_same_again(opened: Snapshot) -> None:
    one, two = opened.rows(shuffle_seed=1), opened.rows(shuffle_seed=1)
    epochs = [[row["doc_id"] for row in one] for _ in range(6)]

    assert len({tuple(epoch) for epoch in epochs}) > 1
    assert {tuple(sorted(epoch)) for epoch in epochs} == {tuple(sorted(ALL - GONE))}
    assert epochs == [[row["doc_id"] for row in two] for _ in range(6)]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 40), seed=st.sampled_from([None, 3]), consumer=st.integers(0, 2))
def test_a_loop_that_stopped_anywhere_goes_on_with_the_next_document(
    opened: Snapshot, at: int, seed: int | None, consumer: int
) -> None:
    def fresh() -> Rows:
        rows = opened.rows(shuffle_seed=seed)
        rows.share(consumer, 3)
        return rows

    whole = [row["doc_id"] for row in fresh()]
    stopped = fresh()
    taken = iter(stopped)
    before = [next(taken)["doc_id"] for _ in range(min(at, len(whole)))]
    state = json.loads(json.dumps(stopped.state_dict()))

    again = opened.rows(shuffle_seed=seed)
    again.load_state_dict(state)
    again.share(consumer, 3)

    assert before + [row["doc_id"] for row in again] == whole


def test_a_document_that_was_withdrawn_while_the_loop_stood_still_is_left_out_and_no_other(opened: Snapshot) -> None:
    rows = opened.rows()
    whole = [row["doc_id"] for row in opened.rows()]
    taken = iter(rows)
    before = [next(taken)["doc_id"] for _ in range(10)]
    again = opened.rows()
    again.excluded |= {whole[0], whole[12]}
    again.load_state_dict(rows.state_dict())

    assert before + [row["doc_id"] for row in again] == [one for one in whole if one != whole[12]]


def test_a_state_of_another_snapshot_or_another_share_is_refused(opened: Snapshot) -> None:
    rows = opened.rows()
    next(iter(rows))
    with pytest.raises(UsageError, match="another snapshot or order"):
        opened.rows(shuffle_seed=1).load_state_dict(rows.state_dict())
    with pytest.raises(UsageError, match="consumer 0 of 1, not 1 of 2"):
        rows.share(1, 2)
    with pytest.raises(UsageError, match="consumer 2 of 2"):
        opened.rows().share(2, 2)


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed here")
def test_a_data_loader_of_torch_reads_every_document_once(opened: Snapshot) -> None:
    from torch.utils.data import DataLoader

    got = [
        row["doc_id"]
        for rank in range(2)
        for row in DataLoader(opened.torch(rank=rank, world_size=2), num_workers=2, batch_size=None)
    ]

    assert sorted(got) == sorted(ALL - GONE)


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed here")
def test_a_data_loader_of_torch_goes_on_where_its_state_was_saved(opened: Snapshot) -> None:
    from torch.utils.data import DataLoader

    def loader(state: dict[str, object] | None = None) -> tuple[object, DataLoader]:
        dataset = opened.torch(rank=1, world_size=2)
        if state is not None:
            dataset.load_state_dict(state)
        return dataset, DataLoader(dataset, batch_size=None)

    whole = [row["doc_id"] for row in loader()[1]]
    dataset, rows = loader()
    taken = iter(rows)
    before = [next(taken)["doc_id"] for _ in range(3)]

    after = [row["doc_id"] for row in loader(dataset.state_dict())[1]]

    assert len(whole) > len(before)
    assert before + after == whole
