"""Documents one after the other for training: shared between consumers by row group, resumable to the document.

No torch in here: `torch_rows.py` puts it on top.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from pipeline.errors import UsageError
from pipeline.snapshots.weighing import Weights

READ_ROWS = 256
Group = tuple[str, int, int]  # shard, number of the row group, how often the epoch has read it before


@dataclass(kw_only=True, slots=True)
class Rows:
    """An iterable of documents that knows where it is. Iterating goes on from there; the end begins the next epoch.

    A document that was excluded since the state was saved is left out, and no other is read twice or skipped: the
    position counts the rows of the file, not those that were handed out.
    """

    snapshot: str  # hex SHA-256 of the manifest
    shards: tuple[str, ...]
    excluded: frozenset[int]
    columns: tuple[str, ...]
    shuffle_seed: int | None
    weights: Weights | None = None  # None: every document once an epoch
    consumer: int = 0
    consumers: int = 1
    epoch: int = 0
    group: int = 0  # of this consumer's groups in this epoch
    row: int = 0  # of that group

    def share(self, consumer: int, consumers: int) -> None:
        """Read only every `consumers`-th row group, from the `consumer`-th on.

        Raises:
            UsageError: no such consumer, or other shares than those of a state that was loaded.
        """
        if not 0 <= consumer < consumers:
            raise UsageError(f"consumer {consumer} of {consumers}", fix="count from 0: rank * workers + worker")
        if (self.group, self.row) != (0, 0) and (consumer, consumers) != (self.consumer, self.consumers):
            raise UsageError(
                f"the state is that of consumer {self.consumer} of {self.consumers}, not {consumer} of {consumers}",
                fix="resume with as many ranks and workers as before, or begin the epoch anew",
            )
        self.consumer, self.consumers = consumer, consumers

    def groups(self) -> list[Group]:
        """This consumer's row groups in the order of this epoch."""
        read = [(shard, n) for shard in self.shards for n in range(pq.read_metadata(shard).num_row_groups)]
        times = self.weights.most_copies if self.weights else 1
        every = [(*group, copy) for copy in range(times) for group in read]
        if self.shuffle_seed is not None:
            keys = [sha256(f"{self.shuffle_seed} {self.epoch} {n}".encode()).digest() for n in range(len(every))]
            every = [one for _, one in sorted(zip(keys, every, strict=True))]
        return every[self.consumer :: self.consumers]

    def __iter__(self) -> Iterator[dict[str, object]]:
        mine = self.groups()
        while self.group < len(mine):
            for at, document in self._of(mine[self.group]):
                self.row = at + 1
                yield document
            self.group, self.row = self.group + 1, 0
        self.epoch, self.group, self.row = self.epoch + 1, 0, 0

    def _of(self, group: Group) -> Iterator[tuple[int, dict[str, object]]]:
        """Documents of a row group from `row` on, with their row."""
        shard, number, copy = group
        wanted = list(dict.fromkeys(("doc_id", *self.columns)))
        at, start = 0, self.row
        with pq.ParquetFile(shard) as file:
            copies = self._copies(file, number)
            if copies is not None and not (copies > copy).any():
                return
            for batch in file.iter_batches(READ_ROWS, row_groups=[number], columns=wanted):
                if at + batch.num_rows > start:
                    for row, document in enumerate(batch.to_pylist(), at):
                        is_due = copies is None or copies[row] > copy
                        if row >= start and is_due and document["doc_id"] not in self.excluded:
                            yield row, {name: document[name] for name in self.columns}
                at += batch.num_rows

    def _copies(self, file: pq.ParquetFile, group: int) -> npt.NDArray[np.int64] | None:
        """How often this epoch reads each row of a row group; None: once."""
        if self.weights is None:
            return None
        ids = file.read_row_group(group, columns=["doc_id"]).column("doc_id").to_numpy()
        return self.weights.copies(ids, seed=self.shuffle_seed or 0, epoch=self.epoch)

    def state_dict(self) -> dict[str, object]:
        """Where this consumer is, as plain values: goes into a checkpoint of the training."""
        names = ("snapshot", "shuffle_seed", "consumer", "consumers", "epoch", "group", "row")
        return {name: getattr(self, name) for name in names} | {"is_weighted": self.weights is not None}

    def load_state_dict(self, state: Mapping[str, object]) -> None:
        """Go on where `state` was saved.

        Raises:
            UsageError: the state is of another snapshot or another order.
        """
        said = (state["snapshot"], state["shuffle_seed"], state.get("is_weighted", False))  # of before: not weighted
        if said != (self.snapshot, self.shuffle_seed, self.weights is not None):
            raise UsageError(
                "the state is of another snapshot or order", fix="open the snapshot that it was saved with"
            )
        for name in ("consumer", "consumers", "epoch", "group", "row"):
            setattr(self, name, int(str(state[name])))
