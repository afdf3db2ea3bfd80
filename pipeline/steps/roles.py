"""Who may do what in a lake: `roles.toml` beside its ledger. Without the file everybody may do everything.

The names are those that people give or that Airflow authenticated; who can write the lake's files can write any name.
Signatures are what binds approvals; this file keeps honest people within their roles, and each refusal is named.
"""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError

from pipeline.errors import InputMalformed, NotAllowed
from pipeline.store.lake import Lake

EVERYBODY = "*"


@dataclass(frozen=True, kw_only=True, slots=True)
class Roles:
    """For each thing to do, the names of those who may; `*` is everybody."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    register: tuple[str, ...] = (EVERYBODY,)  # whom a source's file may name as its registrar
    run: tuple[str, ...] = (EVERYBODY,)
    freeze: tuple[str, ...] = (EVERYBODY,)
    approve: tuple[str, ...] = (EVERYBODY,)  # beside a trusted key of the role; in Airflow whom it authenticated
    override: tuple[str, ...] = (EVERYBODY,)
    open: tuple[str, ...] = (EVERYBODY,)
    look_up: tuple[str, ...] = (EVERYBODY,)
    withdraw: tuple[str, ...] = (EVERYBODY,)
    erase: tuple[str, ...] = (EVERYBODY,)
    acknowledge: tuple[str, ...] = (EVERYBODY,)
    pull_refused: tuple[str, ...] = (EVERYBODY,)


def path(lake: Lake) -> Path:
    """Where the roles of a lake are written down."""
    return lake.root / "roles.toml"


def roles(lake: Lake) -> Roles:
    """The roles of a lake.

    Raises:
        InputMalformed: not TOML, an unknown thing to do, or names that are no list.
    """
    if not path(lake).is_file():
        return Roles()
    try:
        found = tomllib.loads(path(lake).read_text(encoding="utf-8"))
        return TypeAdapter(Roles).validate_python(found.get("may", {}))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError) as e:
        known = ", ".join(field.name for field in fields(Roles))
        raise InputMalformed("roles.toml cannot be read", fix=f"[may] with lists of names for: {known}") from e


def require(lake: Lake, what: str, actor: str) -> None:
    """Return when `actor` may do it.

    Raises:
        NotAllowed: somebody else may.
    """
    named: tuple[str, ...] = getattr(roles(lake), what)
    if EVERYBODY not in named and actor not in named:
        raise NotAllowed(
            f"{actor} may not {what.replace('_', ' ')} here",
            fix=f"ask one of those whom roles.toml names: [may] {what}",
        )
