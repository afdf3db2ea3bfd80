"""Read a pulled snapshot with Arrow, DuckDB, PyTorch or Hugging Face datasets, without what was withdrawn from it."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from pipeline.errors import InputMissing
from pipeline.rules.requests import DAY_US
from pipeline.schemas.snapshots import SAMPLING, SNAPSHOT_DOCUMENTS
from pipeline.snapshots import evidence, feed, layout, position, pulled, pulling, sampling, shards, trust
from pipeline.snapshots.pulled import Standing
from pipeline.snapshots.rows import Rows
from pipeline.snapshots.weighing import Weights
from pipeline.store import database, parquet

if TYPE_CHECKING:
    from pipeline.snapshots.torch_rows import TorchRows


class FeedOld(UserWarning):
    """The feed of a pulled snapshot was not signed for a while: refresh it before readers refuse."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """A pulled snapshot that may be read. Every way of reading leaves the excluded documents out."""

    folder: Path
    standing: Standing
    manifest_sha256: str
    shards: Sequence[Path]  # in the manifest's order
    excluded: pa.Array  # int64, ascending
    sampling_sha256: str | None = None  # None: it carries no weights

    def sampling(self) -> pa.Table:
        """`SAMPLING` of the documents that may be read: weight, topic, cluster, what an earlier snapshot holds.

        Raises:
            InputMissing: the snapshot is of before and carries none.
            EvidenceBroken: the file was changed.
        """
        if self.sampling_sha256 is None:
            raise InputMissing(
                "this snapshot carries no sampling weights", fix="read it without, or ask for a newer version"
            )
        path = self.folder / layout.SAMPLING
        if not path.is_file() or shards.digest(path) != self.sampling_sha256:
            raise evidence.broken(f"{layout.SAMPLING} is not the file that was approved")
        whole = parquet.read(path, SAMPLING)
        return whole.filter(pc.invert(pc.is_in(whole.column("doc_id"), value_set=self.excluded)))

    def narrowed(self, *, is_one_per_cluster: bool = False, is_new_only: bool = False) -> "Snapshot":
        """The same snapshot with fewer documents, by every way of reading it.

        Args:
            is_one_per_cluster: of near duplicates and versions only the best copy.
            is_new_only: without what an earlier snapshot of the lake holds already.
        """
        whole = self.sampling()
        chosen = whole.filter(pc.is_null(whole.column("held_doc_id"))) if is_new_only else whole
        left = set(chosen.column("doc_id").to_pylist())
        if is_one_per_cluster:
            left -= set(sampling.second(chosen).to_pylist())
        out = set(whole.column("doc_id").to_pylist()) - left
        return replace(self, excluded=pa.array(sorted(out.union(self.excluded.to_pylist())), pa.int64()))

    def dataset(self) -> ds.Dataset:
        """The documents as a `pyarrow.dataset`, `SNAPSHOT_DOCUMENTS`, by source and `doc_id`."""
        whole = ds.dataset(list(map(str, self.shards)), schema=SNAPSHOT_DOCUMENTS, format="parquet")
        return whole.filter(~ds.field("doc_id").isin(self.excluded)) if len(self.excluded) else whole

    def duckdb(self, connection: duckdb.DuckDBPyConnection | None = None) -> duckdb.DuckDBPyRelation:
        """The documents as a DuckDB relation.

        Args:
            connection: where it lives; None opens one that loads no extension and reaches no network.
        """
        place = database.connect() if connection is None else connection
        place.register("excluded_documents", pa.table({"doc_id": self.excluded}))
        files = ", ".join("'" + str(path).replace("'", "''") + "'" for path in self.shards)
        return place.sql(f"select * from read_parquet([{files}]) anti join excluded_documents using (doc_id)")

    def rows(
        self,
        *,
        shuffle_seed: int | None = None,
        columns: Sequence[str] = ("doc_id", "text"),
        is_weighted: bool = False,
    ) -> Rows:
        """The documents one after the other, shared between consumers, resumable: what `torch` is made of.

        Args:
            shuffle_seed: order of row groups by epoch; None keeps the order of the snapshot.
            columns: which columns a document has.
            is_weighted: read each as often as its sampling weight says, so that the mixture is the one approved.
        """
        return Rows(
            snapshot=self.manifest_sha256,
            shards=tuple(map(str, self.shards)),
            excluded=frozenset(self.excluded.to_pylist()),
            columns=tuple(columns),
            shuffle_seed=shuffle_seed,
            weights=Weights.of(self.sampling()) if is_weighted else None,
        )

    def torch(
        self,
        *,
        shuffle_seed: int | None = None,
        columns: Sequence[str] = ("doc_id", "text"),
        is_weighted: bool = False,
        rank: int | None = None,
        world_size: int | None = None,
    ) -> "TorchRows":
        """A PyTorch `IterableDataset` of dicts: each reading of a document goes to one worker of one rank.

        Args:
            shuffle_seed: order of row groups by epoch; None keeps the order of the snapshot.
            columns: which columns a dict has.
            is_weighted: as `rows`.
            rank: of this process; None asks torch.distributed.
            world_size: number of processes; None asks torch.distributed.
        """
        from pipeline.snapshots import torch_rows  # noqa: PLC0415  torch is not ours to install

        rows = self.rows(shuffle_seed=shuffle_seed, columns=columns, is_weighted=is_weighted)
        return torch_rows.TorchRows(rows, rank, world_size)

    def huggingface(self, **options: Any) -> Any:
        """A Hugging Face dataset of the split train; `options` go to `datasets.load_dataset` (streaming, cache_dir)."""
        import datasets

        filters = [("doc_id", "not in", self.excluded.to_pylist())] if len(self.excluded) else None
        files = list(map(str, self.shards))
        return datasets.load_dataset("parquet", data_files=files, split="train", filters=filters, **options)


def opened(folder: Path, *, is_hashed: bool, at_us: int) -> Snapshot:
    """The snapshot in `folder`; `pipeline.open` says what is verified and refused."""
    found = pulled.standing(folder, at_us=at_us)
    pulled.require_usable(found)
    if found.state == pulled.OLD:
        days = (at_us - found.heard_at_us) // DAY_US
        message = f"the feed of {found.snapshot_id} was not signed for {days} days: provender status DIR --refresh"
        warnings.warn(message, FeedOld, stacklevel=3)
    if is_hashed:
        pulling.status(folder)
    receipt = pulled.receipt(folder)
    proven = evidence.verify(folder, trust.trusted(receipt.trusted))
    heard = position.hear(folder, trust.trusted(receipt.trusted), at_us=at_us)
    return Snapshot(
        folder=folder,
        standing=found,
        manifest_sha256=proven.manifest_sha256,
        shards=_shards(folder, proven),
        excluded=feed.excluded(heard.notices, found.snapshot_id),
        sampling_sha256=_said(proven.manifest.get("sampling_sha256")),
    )


def _said(value: object) -> str | None:
    return None if value is None else str(value)


def _shards(folder: Path, proven: evidence.Evidence) -> list[Path]:
    found = []
    for one in evidence.listed(proven.manifest):
        if one.rows is not None:
            path = folder / one.path
            if not path.is_file() or path.stat().st_size != one.n_bytes:
                raise evidence.broken(f"{one.path} is not whole")
            found.append(path)
    return found
