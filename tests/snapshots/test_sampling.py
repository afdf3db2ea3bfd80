"""Weights and clusters travel with a snapshot; every reader can choose by them, and nobody can change them."""

import importlib.util
import json
import warnings
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pipeline
from pipeline.errors import EvidenceBroken, EvidenceMissing, InputMissing, UsageError
from pipeline.schemas.snapshots import SAMPLING
from pipeline.snapshots import amending, freezing, layout, rebuilding, sampling
from pipeline.snapshots.reading import Snapshot
from pipeline.snapshots.weighing import Weights
from pipeline.store import parquet
from tests.snapshots.test_snapshots import CREDITS, LICENCES, World, change, world
from tests.snapshots.test_withdrawing import FIRST
from tests.tables import whole

__all__ = ["world"]

LAW = 5 << 32
TWICE, HALF = FIRST + 1, FIRST + 2


def weights() -> pa.Table:
    """Document 1 of the wiki twice, 2 half, the others once; 3, 4 and 5 are near duplicates, 6 is held by an older one."""
    ids = [*(FIRST + n for n in range(30)), *(LAW + n for n in range(3)), 99 << 32]
    rows = [
        {
            "doc_id": one,
            "weight_ppm": {TWICE: 2_000_000, HALF: 500_000}.get(one, 1_000_000),
            "topic": "tea" if one < LAW else None,
            "cluster_id": FIRST + 3 if one in {FIRST + 3, FIRST + 4, FIRST + 5} else None,
            "kept_doc_id": FIRST + 4 if one in {FIRST + 3, FIRST + 5} else None,
            "held_doc_id": 7 if one == FIRST + 6 else None,
        }
        for one in ids
    ]
    return pa.Table.from_pylist(rows, SAMPLING)


@pytest.fixture
def opened(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Snapshot:
    monkeypatch.setattr("pipeline.snapshots.rows.READ_ROWS", 4)
    world.publish(shard_bytes=400, weights=weights())
    world.pull(tmp_path / "got")
    return pipeline.open(tmp_path / "got", at_us=5_500)


def test_card_croissant_and_spdx_tell_of_the_weights_and_mlcroissant_reads_them(world: World) -> None:
    frozen = world.freeze(weights=weights())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own
        import mlcroissant

        read = mlcroissant.Dataset(jsonld=frozen.folder / layout.CROISSANT)
        records = list(read.records("sampling"))

    assert read.metadata.issues.report() == ""
    held = pq.read_table(frozen.folder / layout.SAMPLING).to_pylist()
    assert [(row["sampling/doc_id"], row["sampling/weight_ppm"]) for row in records] == [
        (row["doc_id"], row["weight_ppm"]) for row in held
    ]
    assert "sampling.parquet" in (frozen.folder / layout.CARD).read_text()
    assert "sampling.parquet" in (frozen.folder / layout.SPDX).read_text()


def test_a_snapshot_holds_the_weights_of_its_own_documents_by_id(world: World) -> None:
    frozen = world.freeze(weights=weights())

    held = parquet.read(frozen.folder / "sampling.parquet", SAMPLING)
    members = pq.read_table(frozen.folder / "members.parquet")
    assert held.column("doc_id") == members.column("doc_id")
    manifest = json.loads((frozen.folder / "manifest.json").read_bytes())
    [named] = [one["sha256"] for one in manifest["files"] if one["path"] == "sampling.parquet"]
    assert manifest["sampling_sha256"] == named


def test_the_same_documents_under_other_weights_are_another_version(world: World) -> None:
    plain, weighed = world.freeze(), world.freeze(weights=weights())
    other = weights().set_column(1, SAMPLING.field("weight_ppm"), pa.array([5] * 34, pa.int32()))

    assert (plain.version, weighed.version) == ("1", "2")
    assert world.freeze(weights=weights()).version == "2"
    assert world.freeze(weights=other).version == "3"
    assert world.freeze() == plain


def test_a_document_without_a_weight_is_not_frozen(world: World) -> None:
    with pytest.raises(EvidenceMissing, match="1 documents"):
        world.freeze(weights=weights().slice(1))


def test_rebuilding_makes_the_weights_again(world: World) -> None:
    frozen = world.freeze(weights=weights())
    given = {"documents": world.batches, "licences": LICENCES, "attributions": CREDITS}

    assert rebuilding.rebuild(world.lake, frozen, **given, weights=weights()) > 0
    other = weights().set_column(1, SAMPLING.field("weight_ppm"), pa.array([5] * 34, pa.int32()))
    with pytest.raises(EvidenceBroken, match="sampling"):
        rebuilding.rebuild(world.lake, frozen, **given, weights=other)


def test_what_is_erased_leaves_the_weights_too(world: World) -> None:
    frozen = world.publish(weights=weights())

    amended = amending.amend(world.lake, frozen, pa.array([FIRST + 4]), attributions=CREDITS, at_us=9_000, actor="bob")

    assert amended is not None
    left = sampling.read(amended.folder)
    assert left is not None
    assert FIRST + 4 not in left.column("doc_id").to_pylist()
    assert left.num_rows == 32
    assert freezing.find(world.lake, amended.snapshot_id) == amended


def test_an_epoch_reads_each_document_as_often_as_its_weight_says(opened: Snapshot) -> None:
    rows = opened.rows(shuffle_seed=3, is_weighted=True)
    counted: dict[int, int] = {}
    epochs = 40
    for _ in range(epochs):
        for document in rows:
            counted[document["doc_id"]] = counted.get(document["doc_id"], 0) + 1

    assert counted.pop(TWICE) == 2 * epochs
    assert 10 < counted.pop(HALF) < 30
    assert set(counted.values()) == {epochs}


def test_workers_share_the_readings_of_an_epoch(opened: Snapshot) -> None:
    alone = [row["doc_id"] for row in opened.rows(shuffle_seed=5, is_weighted=True)]
    shared = []
    for consumer in range(3):
        rows = opened.rows(shuffle_seed=5, is_weighted=True)
        rows.share(consumer, 3)
        shared += [row["doc_id"] for row in rows]

    assert sorted(shared) == sorted(alone)


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed here")
def test_ranks_and_workers_of_torch_share_the_weighted_readings_of_every_epoch(opened: Snapshot) -> None:
    from torch.utils.data import DataLoader

    alone = opened.rows(shuffle_seed=5, is_weighted=True)
    ranks = [
        DataLoader(
            opened.torch(shuffle_seed=5, is_weighted=True, rank=rank, world_size=2), num_workers=2, batch_size=None
        )
        for rank in range(2)
    ]
    whole_epoch = sorted(row["doc_id"] for row in alone)

    assert sorted(row["doc_id"] for rows in ranks for row in rows) == whole_epoch
    assert whole_epoch.count(TWICE) == 2


@pytest.mark.parametrize("at", [0, 1, 13, 33])
def test_a_weighted_loop_that_stopped_goes_on_with_the_next_reading(opened: Snapshot, at: int) -> None:
    whole_epoch = [row["doc_id"] for row in opened.rows(shuffle_seed=5, is_weighted=True)]
    rows = opened.rows(shuffle_seed=5, is_weighted=True)
    taken = iter(rows)
    before = [next(taken)["doc_id"] for _ in range(at)]
    state = json.loads(json.dumps(rows.state_dict()))

    again = opened.rows(shuffle_seed=5, is_weighted=True)
    again.load_state_dict(state)

    assert before + [row["doc_id"] for row in again] == whole_epoch
    with pytest.raises(UsageError, match="another snapshot or order"):
        opened.rows(shuffle_seed=5).load_state_dict(state)


def test_the_state_of_a_reader_of_before_is_that_of_an_unweighted_one(opened: Snapshot) -> None:
    rows = opened.rows(shuffle_seed=5)
    state = {name: value for name, value in rows.state_dict().items() if name != "is_weighted"}

    rows.load_state_dict(state)

    assert rows.epoch == 0


def test_readers_choose_one_of_a_cluster_or_what_is_new(opened: Snapshot) -> None:
    one, new = opened.narrowed(is_one_per_cluster=True), opened.narrowed(is_new_only=True)

    assert set(one.excluded.to_pylist()) == {FIRST + 3, FIRST + 5}
    assert set(new.excluded.to_pylist()) == {FIRST + 6}
    assert opened.dataset().count_rows() == 33
    assert one.dataset().count_rows() == 31
    assert len(list(one.rows())) == 31
    assert one.duckdb().aggregate("count(*)").fetchall() == [(31,)]
    assert opened.narrowed(is_one_per_cluster=True, is_new_only=True).dataset().count_rows() == 30
    assert one.sampling().num_rows == 31


@pytest.mark.parametrize(
    ("drawing", "gone"),
    [
        ("1 | 1 | 2\n2 | 1 |", [1]),
        ("1 | 1 | 9\n2 | 1 | 9", [2]),  # the best copy was withdrawn: the next stays
        ("1 | 1 |\n2 | 1 |\n3 | 3 |", [2]),  # two that are close to a third, not to one another
        ("1 | |\n2 | |", []),
        ("", []),
    ],
)
def test_of_a_cluster_the_best_copy_that_is_there_stays(drawing: str, gone: list[int]) -> None:
    drawn = whole(f"doc_id | cluster_id | kept_doc_id\n{drawing}", pa.schema([f.with_nullable(True) for f in SAMPLING]))

    assert sampling.second(drawn).to_pylist() == gone


def test_changed_weights_are_not_read(opened: Snapshot) -> None:
    change(opened.folder / "sampling.parquet", 40)

    with pytest.raises(EvidenceBroken, match="sampling"):
        opened.sampling()
    with pytest.raises(EvidenceBroken):
        pipeline.open(opened.folder, is_hashed=True, at_us=5_500)


def test_a_snapshot_of_before_has_no_weights_and_is_read_without(world: World, tmp_path: Path) -> None:
    world.publish()
    world.pull(tmp_path / "got")
    found = pipeline.open(tmp_path / "got", at_us=5_500)

    assert len(list(found.rows())) == 33
    with pytest.raises(InputMissing, match="no sampling weights"):
        found.rows(is_weighted=True)


@settings(max_examples=40)
@given(st.dictionaries(st.integers(0, 2**62), st.integers(1, 4_000_000), max_size=20), st.integers(0, 99))
def test_readings_are_the_weight_rounded_up_or_down_the_same_each_time(drawn: dict[int, int], epoch: int) -> None:
    rows = [{"doc_id": one, "weight_ppm": weight} for one, weight in drawn.items()]
    made = Weights.of(
        pa.Table.from_pylist(rows, pa.schema([SAMPLING.field(name) for name in ("doc_id", "weight_ppm")]))
    )
    ids = pa.array(list(drawn), pa.int64()).to_numpy()

    got = made.copies(ids, seed=7, epoch=epoch)

    for weight, n in zip(drawn.values(), got.tolist(), strict=True):
        assert weight // 1_000_000 <= n <= min(weight // 1_000_000 + 1, made.most_copies)
    assert (got == made.copies(ids, seed=7, epoch=epoch)).all()
    assert not made.copies(ids + 1, seed=7, epoch=epoch)[
        ~pa.compute.is_in(pa.array(ids + 1), pa.array(ids)).to_numpy(zero_copy_only=False)
    ].any()
