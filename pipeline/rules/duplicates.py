"""The rules of the stage `duplicates`: which copies go, which stay."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import ConfigDict

from pipeline.errors import RuleMalformed
from pipeline.rules.loader import load


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
    relation: Literal["exact", "near", "version", "none"]
    threshold_ppm: int | None = None  # least true Jaccard of the shingle sets
    missed_weight_ppm: int | None = None  # weight of missed pairs in datasketch's choice of bands
    margin_ppm: int | None = None  # a candidate's estimate may lie this far below the threshold
    full_bucket: int | None = None  # largest LSH bucket compared in full
    passes: tuple[str, ...] = ()  # two texts that both stay under this rule
    fails: tuple[str, ...] = ()  # two texts of which it takes one out


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
            fix="restore rules/duplicates.toml: one rule each for exact, near, version and none",
        )
    return found[0]
