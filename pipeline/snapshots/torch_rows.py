"""`Rows` as a PyTorch dataset. Imported only when somebody asks for it: torch is theirs."""

from collections.abc import Iterator, Mapping

import torch.distributed
from torch.utils.data import IterableDataset, get_worker_info

from pipeline.snapshots.rows import Rows


class TorchRows(IterableDataset[dict[str, object]]):
    """Every document of a snapshot once an epoch, over all ranks and workers.

    With fewer row groups than ranks times workers some get nothing. `state_dict` and `load_state_dict` are what
    torchdata's StatefulDataLoader calls in each worker.
    """

    def __init__(self, rows: Rows, rank: int | None, world_size: int | None) -> None:
        super().__init__()
        self.rows, self.rank, self.world_size = rows, rank, world_size

    def __iter__(self) -> Iterator[dict[str, object]]:
        is_many = torch.distributed.is_available() and torch.distributed.is_initialized()
        rank = (torch.distributed.get_rank() if is_many else 0) if self.rank is None else self.rank
        size = (torch.distributed.get_world_size() if is_many else 1) if self.world_size is None else self.world_size
        worker = get_worker_info()
        workers, number = (worker.num_workers, worker.id) if worker else (1, 0)
        self.rows.share(rank * workers + number, size * workers)
        yield from self.rows

    def state_dict(self) -> dict[str, object]:
        """Where this worker is."""
        return self.rows.state_dict()

    def load_state_dict(self, state: Mapping[str, object]) -> None:
        """Go on where `state` was saved."""
        self.rows.load_state_dict(state)
