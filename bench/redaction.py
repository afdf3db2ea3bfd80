"""Redaction on Arrow: what is replaced (`plan`) and the writing of it (`splice`), MB of text in a second of CPU time.

    python bench/redaction.py [--write]

Invented values, nearly all distinct, as dense as is said. Finding is not measured here (`bench/personal.py`), nor the
HMAC of each changed text. `--write` puts the figures into bench/personal_redaction.json, which
docs/generated/personal.md shows.
"""

import argparse
import json
import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.kernels.splicing import splice
from pipeline.models.surrogates import surrogate
from pipeline.rules.personal import EntityRule
from pipeline.rules.personal_policy import policy
from pipeline.schemas import FINDINGS
from pipeline.stages.personal.modes import Keyed
from pipeline.stages.personal.redact import plan

KEPT = Path(__file__).with_name("personal_redaction.json")
BYTES = 10_000_000
PER_DOCUMENT = 20
TRIES = 5

Draw = Callable[[random.Random], str]
MAIL = ("please write to this one here or ", lambda d: f"u{d.randrange(10**6)}@example{d.randrange(7)}.com")
MOBILE = ("需要的话请打这个电话联系我，", lambda d: f"138{d.randrange(10**8):08}")
CASES = (
    ("English, e-mail addresses", MAIL, "EMAIL_ADDRESS", "placeholder", (60, 30, 10, 3)),
    ("Chinese, mobile numbers", MOBILE, "CN_MOBILE", "placeholder", (50, 25, 8, 3)),
    ("Chinese, mobile numbers", MOBILE, "CN_MOBILE", "mask", (25,)),
    ("Chinese, mobile numbers", MOBILE, "CN_MOBILE", "pseudonym", (25,)),
)
"""Text, what stands between values and a value, type, mode, and how often the filler stands before each value."""


def made(filler: str, draw: Draw, kind: str, repeats: int) -> tuple[pa.Array, pa.Table]:
    """Texts of 20 values each, and where these stand."""
    drawn, before = random.Random(1), filler * repeats  # noqa: S311  invented values
    texts, found = [], []
    for _ in range(BYTES // (PER_DOCUMENT * (len(before.encode()) + 20))):
        parts, here, end = [], [], 0
        for _ in range(PER_DOCUMENT):
            value = draw(drawn)
            start = end + len(before)
            end = start + len(value)
            parts += [before, value]
            here.append({"start": start, "end": end, "type": kind, "score_ppm": 1_000_000})
        texts.append("".join(parts))
        found.append(here)
    return pa.array(texts), pa.table({"findings": pa.array(found, FINDINGS.field("findings").type)})


def measured(texts: pa.Array, findings: pa.Table, rules: list[EntityRule]) -> dict[str, float]:
    """The best of some tries."""
    keyed = Keyed(key=bytes(32), surrogate=surrogate)
    planning, writing = [], []
    for _ in range(TRIES):
        started = time.process_time()
        planned = plan(texts, findings, rules, keyed)
        between = time.process_time()
        splice(texts, planned.spans, planned.replacements)
        planning.append(between - started)
        writing.append(time.process_time() - between)
    size, both = texts.nbytes / 1e6, min(planning) + min(writing)
    return {
        "bytes_a_finding": round(texts.nbytes / len(planned.spans)),
        "plan_mb_s": round(size / min(planning)),
        "splice_mb_s": round(size / min(writing)),
        "both_mb_s": round(size / both),
        "us_a_finding": round(both / len(planned.spans) * 1e6, 2),
    }


def main() -> None:
    """Print the figures of each case, and keep them when told to."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true")
    given = options.parse_args()
    rows: list[dict[str, Any]] = []
    for what, (filler, draw), kind, mode, all_repeats in CASES:
        rules = [replace(rule, mode=mode) if rule.entity == kind else rule for rule in policy("web")]
        for repeats in all_repeats:
            texts, findings = made(filler, draw, kind, repeats)
            rows.append({"what": what, "mode": mode, **measured(texts, findings, rules)})
            print("  ".join(f"{name}={value}" for name, value in rows[-1].items()), flush=True)
    if given.write:
        kept = {"measured": datetime.now(UTC).date().isoformat(), "rows": rows}
        KEPT.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
