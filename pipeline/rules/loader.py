"""Reads a stage's TOML rules into frozen dataclasses, validated once, extra keys refused."""

import hashlib
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from pipeline.errors import RuleMalformed

T = TypeVar("T")

RULES = Path(__file__).parent


@cache
def rules_bytes(stage: str) -> bytes:
    """The bytes of `rules/<stage>.toml`, as they are hashed into every ledger entry."""
    return (RULES / f"{stage}.toml").read_bytes()


def rules_sha256(stage: str) -> str:
    """Hex SHA-256 of `rules/<stage>.toml` and, after it, of the lists that belong to it (`rules/<stage>_*.toml`)."""
    lists = sorted(path.stem for path in RULES.glob(f"{stage}_*.toml"))
    return hashlib.sha256(b"".join(rules_bytes(name) for name in (stage, *lists))).hexdigest()


def load(stage: str, kind: type[T], table: str = "rule") -> tuple[T, ...]:
    """The tables `[[table]]` of `rules/<stage>.toml` as `kind`, in file order: first match decides.

    Args:
        stage: stage word, also the file name.
        kind: frozen dataclass declared with `pydantic.ConfigDict(extra="forbid")`.
        table: name of the array of tables.

    Raises:
        RuleMalformed: unknown key, missing field or wrong type, named by table index and field.
    """
    return parse(rules_bytes(stage), kind, table, name=f"{stage}.toml")


def parse(content: bytes, kind: type[T], table: str, *, name: str) -> tuple[T, ...]:
    """As `load`, from bytes; `name` is used in errors."""
    try:
        data: dict[str, Any] = tomllib.loads(content.decode("utf-8"))
        return TypeAdapter(tuple[kind, ...]).validate_python(data.get(table, []))  # type: ignore[valid-type]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise RuleMalformed(f"{name} is not TOML: {e}", fix="correct the file at the stated line") from e
    except ValidationError as e:
        first = e.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RuleMalformed(
            f"{name}: [[{table}]] {where}: {first['msg']}",
            fix="correct that field; docs/generated/rules.md lists the fields of every rule",
        ) from e


def by_id(rules: Sequence[T]) -> dict[str, T]:
    """Rules by their id.

    Raises:
        RuleMalformed: the same id twice.
    """
    found: dict[str, T] = {}
    for rule in rules:
        identifier = str(getattr(rule, "id", ""))
        if identifier in found:
            raise RuleMalformed(f"rule {identifier} is defined twice", fix="give each rule its own id")
        found[identifier] = rule
    return found
