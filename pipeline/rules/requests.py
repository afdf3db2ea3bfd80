"""Why documents leave after they were released, by when, and what happens to them: `requests.toml`."""

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import ConfigDict

from pipeline.errors import UsageError
from pipeline.rules import loader

DAY_US = 86_400 * 1_000_000

Effect = Literal["none", "withdraw", "erase"]
Tombstone = Literal["none", "exact", "near"]
Severity = Literal["stop-use", "replace-by", "info"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """One kind of request or finding, its deadline, and what it does to documents."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    version: int
    name: str
    article: str
    title: str
    source: str
    due_days: int
    effect: Effect
    severity: Severity  # what teams are told to do
    tombstone: Tombstone = "none"  # whether the text stays out of later runs, or also texts that are much like it

    @property
    def due_us(self) -> int:
        """`due_days` in microseconds."""
        return self.due_days * DAY_US


@cache
def reasons() -> dict[str, Reason]:
    """The reasons by name, in file order."""
    return {reason.name: reason for reason in loader.load("requests", Reason, "reason")}


def reason(name: str) -> Reason:
    """The reason of that name.

    Raises:
        UsageError: there is none.
    """
    if name not in reasons():
        raise UsageError(f"no reason {name}", fix=f"one of: {', '.join(reasons())}")
    return reasons()[name]


@cache
def grace_us() -> int:
    """How long replaced objects are kept, in microseconds."""
    return int(tomllib.loads(loader.rules_bytes("requests").decode())["objects"]["grace_days"]) * DAY_US
