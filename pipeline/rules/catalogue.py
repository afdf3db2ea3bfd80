"""Every rule of every stage as rows of the ledger kind `rules`: what an auditor reads next to a decision."""

import hashlib
import json
import tomllib
from collections.abc import Mapping

import pyarrow as pa

from pipeline.rules import personal
from pipeline.rules.loader import rules_bytes
from pipeline.schemas import STAGES
from pipeline.schemas.ledger import RULES


def rows(at_us: int) -> pa.Table:
    """`RULES` rows of all stages, in stage and file order.

    Args:
        at_us: from when on they are applied, microseconds UTC.
    """
    found = [row for stage in STAGES for row in _of_stage(stage, at_us)]
    columns = {name: [row[name] for row in found] for name in RULES.names}
    return pa.table(columns, schema=RULES)


def _of_stage(stage: str, at_us: int) -> list[dict[str, object]]:
    tables = tomllib.loads(rules_bytes(stage).decode("utf-8"))
    rules = [r for value in tables.values() if isinstance(value, list) for r in value if isinstance(r, dict)]
    return [_row(stage, rule, at_us) for rule in rules if "id" in rule and "version" in rule]


def _row(stage: str, rule: dict[str, object], at_us: int) -> dict[str, object]:
    canonical = json.dumps(rule, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return {
        "rule_id": rule["id"],
        "rule_version": rule["version"],
        "stage": stage,
        "article": rule.get("article"),
        "title": rule.get("title"),
        "outcome": rule.get("outcome") or rule.get("action") or _of_its_class(str(rule["id"])),
        "definition_sha256": hashlib.sha256(canonical.encode()).digest(),
        "source": rule.get("source"),
        "author": "provender",
        "approved_by": None,
        "valid_from_us": at_us,
    }


def _of_its_class(rule_id: str) -> str | None:
    """What a rule about personal information does that leaves it to its class."""
    return {rule.id: rule.action for rule in personal.rules()}.get(rule_id)


def limit(stage: str, rule_id: str, definition_sha256: bytes) -> str:
    """What a rule compares with, such as `n_chars below 25` or `at least 800000`; empty if the files changed."""
    for table in tomllib.loads(rules_bytes(stage).decode("utf-8")).values():
        for rule in table if isinstance(table, list) else ():
            is_it = isinstance(rule, dict) and rule.get("id") == rule_id and "version" in rule
            if is_it and _row(stage, rule, 0)["definition_sha256"] == definition_sha256:
                limits = [rule, *(rule.get("where") or [])]
                return " and ".join(one for one in map(_words, limits) if one)
    return ""


def _words(limit: Mapping[str, object]) -> str:
    least = f"at least {limit['threshold_ppm']}" if "threshold_ppm" in limit else ""
    bounds = (f"{limit.get('measure', '')} {word} {limit[word]}" for word in ("below", "above") if word in limit)
    return " ".join(filter(None, (least, *bounds)))
