"""Assessment: is more than 5 % of a source illegal or harmful? What people found in samples.

What the stage `prohibited` finds in every document after collection is the ledger kind `source_shares`.
"""

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from pipeline.kernels import binomial
from pipeline.schemas import conform
from pipeline.schemas.sources import ASSESSMENTS


def before(register: pa.Table, *, line_ppm: int) -> pa.Table:
    """What people found in the samples that the register records, before collection and after it.

    Args:
        register: `SOURCES`.
        line_ppm: the share above which a source is not used.

    Returns:
        `ASSESSMENTS`, with the exact bound of each sample.
    """
    return _table([row for source in register.to_pylist() for row in _recorded(source)], line_ppm)


def share_ppm(n: int, n_bad: int) -> int:
    """The share of a sample, rounded up: none above the line is shown on it."""
    return -(-n_bad * 1_000_000 // n)


def _recorded(source: Mapping[str, object]) -> Iterator[tuple[str, str, str, int, int]]:
    for phase, suffix in (("before", ""), ("after", "_after")):
        n, bad = source[f"n_assessed{suffix}"], source[f"n_bad{suffix}"]
        if isinstance(n, int) and isinstance(bad, int) and 0 <= bad <= n and n:
            yield str(source["source_id"]), phase, "register", n, bad


def _table(rows: Sequence[tuple[str, str, str, int, int]], line_ppm: int) -> pa.Table:
    if not rows:
        return ASSESSMENTS.empty_table()
    source, phase, method, n, bad = zip(*rows, strict=True)
    return conform(
        {
            "source_id": source,
            "phase": phase,
            "method": method,
            "n": n,
            "n_bad": bad,
            "share_ppm": [share_ppm(a, b) for a, b in zip(n, bad, strict=True)],
            "upper_ppm": [binomial.upper_ppm(a, b) for a, b in zip(n, bad, strict=True)],
            "line_ppm": [line_ppm] * len(rows),
        },
        ASSESSMENTS,
    )
