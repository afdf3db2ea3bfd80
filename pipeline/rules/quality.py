"""The rules of the stage `quality`: limits, phrases, the guard, and the model if there is one."""

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
    """Stops the gate when one rule takes more than `share_ppm` of a source of at least `least_documents`."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    version: int
    article: str
    title: str
    source: str
    share_ppm: int
    least_documents: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelRule:
    """A trained classifier that fills `model_ppm`; its bytes must have this hash."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    version: int
    article: str
    title: str
    source: str
    path: str
    sha256: str


def rules() -> tuple[ThresholdRule, ...]:
    """The limits, in order of precedence; shadow rules among them."""
    return load("quality", ThresholdRule)


def phrases() -> tuple[tuple[str, str], ...]:
    """(kind, phrase) of all phrases."""
    return tuple((p.kind, phrase) for p in load("quality", Phrases, "phrases") for phrase in p.phrases)


def guard() -> Guard:
    """The guard rail."""
    return load("quality", Guard, "guard")[0]


def models() -> tuple[ModelRule, ...]:
    """The classifiers that are named; none unless someone trained one."""
    return load("quality", ModelRule, "model")
