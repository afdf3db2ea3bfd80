"""Tables of docs/generated/personal.md on what redaction takes, from what the scripts in bench/ last measured."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

BENCH = Path(__file__).parent.parent / "bench"

REDACTION = """\
MB of UTF-8 per second of processor time of one core, by `bench/redaction.py --write` on {measured}, on 10 MB of
invented text with nearly all values distinct: what is replaced (`plan`: overlaps, one number a value, the placeholders)
and the writing of it (`splice`). Finding is not in it, nor the HMAC of each changed text. Modes that look at every
value by Python are slower: `mask`, `pseudonym`."""


NAMES = """\
MB of UTF-8 per second of processor time of one core, by `bench/personal_names.py --write` on {measured}, with caches
warmed on other documents, on a machine that others used too: trust the ratios. "Found" and "differing" of the whole
analysis are all findings of Presidio's engine, and the names, places and groups that only one of both finds; facilities
are left out, which Presidio does not report. Ours was warmed by 3 million characters (a worker's steady state),
Presidio by 20 documents: with half the sample for both the ratio was 13.7 and 14.3. Another 120 documents, mostly in
neither language, had 7 that differ."""

WORKER = """\
Two processes do {processor:.2f} times the work of one in the same processor time each; by the clock {clock:.2f} times,
with others at work on both cores. A worker that has looked for everything, names in both languages included, in one
batch of {batch_mb:.1f} MB took at most {most_mb:.0f} MB of memory; at the end {share_mb:.0f} MB were its own share."""


HOSTILE = """\
Seconds of processor time for 100,000 characters under the default policy without names, second look included, by
`bench/personal_hostile.py --write` on {measured}. 0.5 s are asked for; what takes longer is text in which everything is
a finding, or may be a telephone number in one of ten countries."""


def hostile() -> list[str]:
    """Time of text that is hard on patterns."""
    kept = _kept("personal_hostile")
    rows = [(row["what"], str(row["kb"]), f"{row['seconds']:.2f}", f"{row['found']:,}") for row in kept["rows"]]
    return [HOSTILE.format(**kept), "", *_table(("text", "kB", "seconds", "findings"), rows)]


def named() -> list[str]:
    """Speed of names and whole analysis; two processes, memory of a worker."""
    kept = _kept("personal_names")
    head = ("what", "MB/s", "alone", "ratio", "characters/s", "found", "differing")
    rows = [
        (
            row["what"],
            *(f"{row[name]:.2f}" for name in ("mb_s", "alone_mb_s", "ratio")),
            f"{row['chars_s']:,.0f}" if "chars_s" in row else "",
            str(row["found"]),
            str(row["differing"]),
        )
        for row in kept["rows"]
    ]
    return [NAMES.format(**kept), "", *_table(head, rows), "", WORKER.format(**kept["processes"], **kept["memory"])]


def redaction() -> list[str]:
    """Speed of redaction by density and mode."""
    kept = _kept("personal_redaction")
    head = ("text", "mode", "bytes a finding", "plan MB/s", "splice MB/s", "both MB/s", "µs a finding")
    rows = [tuple(str(value) for value in row.values()) for row in kept["rows"]]
    return [REDACTION.format(**kept), "", *_table(head, rows)]


def _kept(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((BENCH / f"{name}.json").read_bytes())
    return found


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (head, ("---",) * len(head), *rows)]
