"""Where everything lies in a lake. Paths are functions of stage, run and batch, so a retry finds its own work."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InputMissing


@dataclass(frozen=True, slots=True)
class Lake:
    """One lake folder. Creating the object touches no disk."""

    root: Path

    @property
    def ledger(self) -> Path:
        """The log, its segments, public keys and derived views: what an auditor is given read-only."""
        return self.root / "ledger"

    @property
    def private(self) -> Path:
        """Keys and everything that may lead to a person; its own folder so that it can have its own rights."""
        return self.root / "private"

    @property
    def snapshots(self) -> Path:
        """Frozen and published snapshots and their content-addressed shards."""
        return self.root / "snapshots"

    @property
    def evidence(self) -> Path:
        """Evidence bytes by SHA-256: licence texts, robots.txt as fetched."""
        return self.root / "evidence"

    @property
    def models(self) -> Path:
        """Models of quality, each file named by its SHA-256: trained here, or put here by whoever names them."""
        return self.root / "models"

    @property
    def checks(self) -> Path:
        """Great Expectations' Data Docs."""
        return self.root / "checks"

    def held(self, snapshot_id: str) -> Path:
        """What later runs ask to find out whether a snapshot holds a text already."""
        return self.root / "held" / snapshot_id

    def run(self, run: str) -> Path:
        """The plan and progress of one run."""
        return self.root / "runs" / run

    def documents(self, run: str, stage: str, batch: int) -> Path:
        """The documents that `stage` let through, for one batch."""
        return self.root / "documents" / run / stage / f"{batch:08x}.parquet"

    def measures(self, run: str, stage: str, batch: int) -> Path:
        """The statistics of `stage` for one batch."""
        return self.root / "measures" / run / stage / f"{batch:08x}.parquet"

    def index(self, year: int, run: str, batch: int) -> Path:
        """Identifiers of one batch under tags made with the key of that year; goes when the key goes."""
        return self.private / "index" / str(year) / run / f"{batch:08x}.parquet"

    @property
    def tombstones(self) -> Path:
        """What was erased and may not come back, one file a request."""
        return self.private / "tombstones"


def opened(root: Path | str) -> Lake:
    """The lake of a folder.

    Raises:
        InputMissing: there is no ledger in it.
    """
    lake = Lake(Path(root))
    if not lake.ledger.is_dir():
        raise InputMissing("no ledger in this lake", fix="give the lake folder: --lake DIR, or PROVENDER_LAKE")
    return lake
