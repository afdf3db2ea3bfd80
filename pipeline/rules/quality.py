"""The rules of the stage `quality`: limits and phrases."""

import hashlib
from dataclasses import dataclass

from pydantic import ConfigDict

from pipeline.rules.loader import load
from pipeline.rules.threshold import ThresholdRule


@dataclass(frozen=True, kw_only=True, slots=True)
class Phrases:
    """Phrases of one kind, in lower case; `pipeline.kernels.text_columns.KINDS` says what each kind counts."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    kind: str
    source: str
    phrases: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Guard:
    """How much of one source a single rule may remove before a person has to answer for it."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    version: int
    article: str
    title: str
    source: str
    stages: tuple[str, ...]  # whose rules are watched
    share_ppm: int  # of the documents that the stage saw of the source; more is an alarm
    least_documents: int  # a smaller source raises none


@dataclass(frozen=True, kw_only=True, slots=True)
class Reliability:
    """A fact of a registration, and what it adds to how reliable the source is."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    fact: str  # a key of `pipeline.stages.quality.FACTS`
    ppm: int
    title: str


def reliability() -> tuple[Reliability, ...]:
    """What makes a source reliable; together a million."""
    return load("quality", Reliability, "reliability")


def guard() -> Guard:
    """The guard rail."""
    return load("quality", Guard, "guard")[0]


def fingerprint() -> str:
    """Hex SHA-256 of limits and phrases: what measures and decisions depend on, and the guard rail does not."""
    return hashlib.sha256(repr((rules(), phrases())).encode()).hexdigest()


def rules() -> tuple[ThresholdRule, ...]:
    """The limits, in order of precedence; shadow rules among them."""
    return load("quality", ThresholdRule)


def phrases() -> tuple[tuple[str, str], ...]:
    """(kind, phrase) of all phrases."""
    return tuple((p.kind, phrase) for p in load("quality", Phrases, "phrases") for phrase in p.phrases)
