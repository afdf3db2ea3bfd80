"""How long what was said about a snapshot holds, and what a file of it may unpack to: `snapshots.toml`."""

import tomllib
from dataclasses import dataclass
from functools import cache

from pipeline.rules import loader
from pipeline.rules.requests import DAY_US

MINUTE_US = 60 * 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """The limits of `snapshots.toml`."""

    valid_days: int
    warn_us: int
    refuse_us: int
    skew_us: int
    ratio_max: int
    sample_documents: int


@cache
def limits() -> Limits:
    """The limits, times in microseconds."""
    said = tomllib.loads(loader.rules_bytes("snapshots").decode())
    return Limits(
        valid_days=int(said["approval"]["valid_days"]),
        warn_us=int(said["feed"]["warn_days"]) * DAY_US,
        refuse_us=int(said["feed"]["refuse_days"]) * DAY_US,
        skew_us=int(said["clock"]["skew_minutes"]) * MINUTE_US,
        ratio_max=int(said["parquet"]["ratio_max"]),
        sample_documents=int(said["check"]["sample_documents"]),
    )
