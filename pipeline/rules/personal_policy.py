"""What one source does with each type: the rules, changed by its profile, less what its legal basis lets it keep."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from pydantic import ConfigDict

from pipeline.rules import loader
from pipeline.rules.personal import Action, EntityRule, by_entity, rules

Profile = Literal["web", "code", "dialogue", "resume"]
Names = Literal["always", "with_identifiers", "never"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """In what a profile treats a type otherwise than its rule; what it does not name stays."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    entity: str
    action: Action | None = None
    threshold_ppm: int | None = None
    placeholder: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ProfileRule:
    """A kind of source: whether names are sought in it, and the types that it treats otherwise."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: Profile
    title: str
    source: str
    names: Names
    change: tuple[Change, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class BasisRule:
    """Which classes a legal basis carries, and for which uses; without a rule a basis carries none."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    title: str
    article: str
    source: str
    classes: tuple[str, ...]
    uses: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Basis:
    """What a source says about the personal information in it."""

    name: str | None = None  # of the register: consent, contract_or_hr, ...
    keeps: tuple[str, ...] = ()  # the types that the basis was given for
    use: str = ""  # of the run


@cache
def profiles() -> dict[str, ProfileRule]:
    """The profiles of `personal_profiles.toml` by name."""
    return {one.name: one for one in loader.load("personal_profiles", ProfileRule, "profile")}


@cache
def bases() -> dict[str, BasisRule]:
    """What each legal basis carries."""
    return {one.name: one for one in loader.load("personal_classes", BasisRule, "basis")}


def policy(profile: str | None = None, basis: Basis | None = None) -> tuple[EntityRule, ...]:
    """The rules for one source, in the order of `rules()`.

    A type is kept only when the register names it, its basis carries its class, and for the use of the run; then the
    rule reports it and names the basis.

    Args:
        profile: of the register; `web` when it names none.
        basis: none keeps nothing.
    """
    changes = {one.entity: one for one in profiles()[profile or "web"].change}
    changed = tuple(_changed(rule, changes[rule.entity]) if rule.entity in changes else rule for rule in rules())
    kept = carried(basis) if basis else ()
    return tuple(
        replace(rule, action="report", basis=basis.name or "") if basis and rule.entity in kept else rule
        for rule in changed
    )


def carried(basis: Basis) -> tuple[str, ...]:
    """The types that a source may keep."""
    of = bases().get(basis.name or "")
    if of is None or basis.use not in of.uses:
        return ()
    refused = beyond(of, basis.keeps)
    return tuple(kind for kind in basis.keeps if kind not in refused)


def beyond(of: BasisRule | None, keeps: Sequence[str]) -> tuple[str, ...]:
    """Types that a basis does not carry: unknown ones, and those of a stricter class."""
    known = by_entity(rules())
    return tuple(kind for kind in keeps if of is None or kind not in known or known[kind].cls not in of.classes)


def _changed(rule: EntityRule, change: Change) -> EntityRule:
    return replace(
        rule,
        action=change.action or rule.action,
        threshold_ppm=rule.threshold_ppm if change.threshold_ppm is None else change.threshold_ppm,
        placeholder=change.placeholder or rule.placeholder,
    )
