"""docs/generated/gates.md: what must be true at each gate, from expectations/ and rules/snapshots.toml."""

import json
import tomllib
from collections.abc import Iterator
from typing import Any

from pipeline.checks import SUITES
from pipeline.rules.loader import RULES

HEAD = """# Gates

Generated from `expectations/*.json` and `pipeline/rules/snapshots.toml`. A gate reads counts and shares, never a text.
A share (`_ppm`) is in millionths, rounded up. A limit that is neither nothing nor everything names its source. What a
gate found is in the ledger (`expectation_results`) whether it passed or not.
"""


def page() -> str:
    """Every expectation of every gate, and how long what was said about a snapshot holds."""
    lines = [HEAD]
    for path in sorted(SUITES.glob("*.json")):
        suite = json.loads(path.read_text(encoding="utf-8"))
        lines += [f"## {path.stem}", "", f"{suite['meta']['gate']}.", "", "| what | limit | article | means | source |"]
        lines += ["|---|---|---|---|---|", *(_expectation(one) for one in suite["expectations"]), ""]
    return "\n".join([*lines, *_limits()])


def _expectation(one: dict[str, Any]) -> str:
    given, meta = one["kwargs"], one["meta"]
    names = [given[name] for name in ("column", "column_A", "column_B") if name in given]
    limits = [f"{word} {given[name]:,}" for word, name in (("≥", "min_value"), ("≤", "max_value")) if name in given]
    word = "not" if "not_be" in one["type"] else "one of"
    limits += [f"{word} {', '.join(map(str, given['value_set']))}"] if "value_set" in given else []
    limits += [str(given["value"])] if "value" in given else []
    what = " = ".join(f"`{name}`" for name in names) or "rows"
    cells = (what, " and ".join(limits), meta["article"], meta["means"], meta.get("source", ""))
    return f"| {' | '.join(cells)} |"


def _limits() -> Iterator[str]:
    yield from ("## limits of snapshots", "", "| what | limit | source |", "|---|---|---|")
    for name, table in tomllib.loads((RULES / "snapshots.toml").read_text(encoding="utf-8")).items():
        said = ", ".join(f"`{key}` {value:,}" for key, value in table.items() if key != "source")
        yield f"| {name} | {said} | {table['source']} |"
