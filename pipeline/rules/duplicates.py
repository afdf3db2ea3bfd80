"""The rules of the stage `duplicates`: which copies go, which stay."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import ConfigDict

from pipeline.errors import RuleMalformed
from pipeline.rules.loader import load

Relation = Literal["exact", "near", "version", "erased", "earlier", "contained", "contaminated", "boilerplate", "none"]


@dataclass(frozen=True, kw_only=True, slots=True)
class DuplicateRule:
    """Decides a document by its relation to a better copy.

    The parameters after `threshold_ppm` only say how pairs are searched; every pair is verified afterwards.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    version: int
    article: str
    title: str
    source: str
    outcome: Literal["keep", "drop"]
    relation: Relation
    threshold_ppm: int | None = None  # least true Jaccard, or least share for the relations of `LINKS`
    missed_weight_ppm: int | None = None  # weight of missed pairs in datasketch's choice of bands
    margin_ppm: int | None = None  # a candidate's estimate may lie this far below the threshold
    full_bucket: int | None = None  # largest LSH bucket compared in full
    tokens: int | None = None  # length of the sequences that are compared, or least length of a line
    documents: int | None = None  # a line is boilerplate from so many documents of its source on
    passes: tuple[str, ...] = ()  # two texts that both stay under this rule
    fails: tuple[str, ...] = ()  # two texts of which it takes one out


@dataclass(frozen=True, kw_only=True, slots=True)
class Preference:
    """Which of two copies stays. Preferences stand in order; the first that tells the two apart decides."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    version: int
    article: str
    title: str
    source: str
    by: Literal["licence_rule", "kind", "fetched_at_us", "quality_ppm", "n_shingles"]
    order: tuple[str, ...] = ()  # of licence_rule and kind: best first, unnamed values last
    newer: tuple[str, ...] = ()  # of fetched_at_us: kinds of sources whose newest copy stays; elsewhere the oldest


@cache
def preferences() -> tuple[Preference, ...]:
    """The preferences of `rules/duplicates.toml`, the weightiest first."""
    return load("duplicates", Preference, "preference")


@cache
def duplicate_rules() -> tuple[DuplicateRule, ...]:
    """The rules of `rules/duplicates.toml`."""
    return load("duplicates", DuplicateRule)


def by_relation(rules: Sequence[DuplicateRule], relation: str) -> DuplicateRule:
    """The rule for that relation.

    Raises:
        RuleMalformed: there is not exactly one.
    """
    found = [rule for rule in rules if rule.relation == relation]
    if len(found) != 1:
        raise RuleMalformed(
            f"{len(found)} rules for relation {relation}; the stage needs exactly one",
            fix="restore rules/duplicates.toml: one rule for each relation",
        )
    return found[0]
