"""The rules of the stage `quality`: limits and phrases."""

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


def rules() -> tuple[ThresholdRule, ...]:
    """The limits, in order of precedence; shadow rules among them."""
    return load("quality", ThresholdRule)


def phrases() -> tuple[tuple[str, str], ...]:
    """(kind, phrase) of all phrases."""
    return tuple((p.kind, phrase) for p in load("quality", Phrases, "phrases") for phrase in p.phrases)
