"""Tables of docs/generated/personal.md on what redaction takes, from what the scripts in bench/ last measured."""

import json
from pathlib import Path
from typing import Any

BENCH = Path(__file__).parent.parent / "bench"

REDACTION = """\
MB of UTF-8 per second of processor time of one core, by `bench/redaction.py --write` on {measured}, on 10 MB of
invented text with nearly all values distinct: what is replaced (`plan`: overlaps, one number a value, the placeholders)
and the writing of it (`splice`). Finding is not in it, nor the HMAC of each changed text. Modes that look at every
value by Python are slower: `mask`, `pseudonym`."""


def redaction() -> list[str]:
    """Speed of redaction by density and mode."""
    kept = _kept("personal_redaction")
    head = ("text", "mode", "bytes a finding", "plan MB/s", "splice MB/s", "both MB/s", "µs a finding")
    rows = [tuple(str(value) for value in row.values()) for row in kept["rows"]]
    return [REDACTION.format(**kept), "", *_table(head, rows)]


def _kept(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((BENCH / f"{name}.json").read_bytes())
    return found


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (head, ("---",) * len(head), *rows)]
