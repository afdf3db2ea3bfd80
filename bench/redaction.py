"""Redaction on Arrow: what is replaced (`plan`) and the writing of it (`splice`), MB of text in a second of CPU time.

    python bench/redaction.py

Invented e-mail addresses, nearly all distinct: one in two kilobytes, one in a kilobyte, and one in 125 bytes. Finding
is not measured here (`bench/personal.py`).
"""

import random
import time

import pyarrow as pa

from pipeline.kernels.splicing import splice
from pipeline.rules.personal_policy import policy
from pipeline.schemas import FINDINGS
from pipeline.stages.personal.modes import Keyed
from pipeline.stages.personal.redact import plan

FILLER = "please write to this one here or "
REPEATS = {"sparse": 60, "medium": 30, "dense": 3}  # of the filler before each address
BYTES = 10_000_000
PER_DOCUMENT = 20
TRIES = 5


def made(repeats: int, drawn: random.Random) -> tuple[pa.Array, pa.Table]:
    """Texts of 20 addresses each, and where these stand."""
    texts, found = [], []
    for _ in range(BYTES // (PER_DOCUMENT * (repeats * len(FILLER) + 23))):
        parts, here, end = [], [], 0
        for _ in range(PER_DOCUMENT):
            address = f"u{drawn.randrange(10**6)}@example{drawn.randrange(7)}.com"
            start = end + repeats * len(FILLER)
            end = start + len(address)
            parts += [FILLER * repeats, address]
            here.append({"start": start, "end": end, "type": "EMAIL_ADDRESS", "score_ppm": 1_000_000})
        texts.append("".join(parts))
        found.append(here)
    return pa.array(texts), pa.table({"findings": pa.array(found, FINDINGS.field("findings").type)})


def main() -> None:
    """Print the best of some tries for each density."""
    rules, keyed, drawn = policy("web"), Keyed(), random.Random(1)  # noqa: S311  invented values
    for name, repeats in REPEATS.items():
        texts, findings = made(repeats, drawn)
        planning, splicing = [], []
        for _ in range(TRIES):
            started = time.process_time()
            planned = plan(texts, findings, rules, keyed)
            between = time.process_time()
            splice(texts, planned.spans, planned.replacements)
            planning.append(between - started)
            splicing.append(time.process_time() - between)
        both = min(planning) + min(splicing)
        megabytes = texts.nbytes / 1e6
        each = both / len(planned.spans) * 1e6
        print(
            f"{name}: plan {megabytes / min(planning):.0f}, splice {megabytes / min(splicing):.0f}, "
            f"both {megabytes / both:.0f} MB/s; {each:.2f} us a finding"
        )


if __name__ == "__main__":
    main()
