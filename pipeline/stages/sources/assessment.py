"""Assessment: is more than 5 % of a source illegal or harmful, before its collection and after?"""

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from pipeline.kernels import binomial
from pipeline.schemas import conform
from pipeline.schemas.sources import ASSESSMENTS

Counts = Mapping[str, tuple[int, int]]


def before(register: pa.Table, *, line_ppm: int) -> pa.Table:
    """What people found in the samples that the register records, before collection and after it.

    Args:
        register: `SOURCES`.
        line_ppm: the share above which a source is not used.

    Returns:
        `ASSESSMENTS`, with the exact bound of each sample.
    """
    return _table([row for source in register.to_pylist() for row in _recorded(source)], line_ppm)


def after(counts: Counts, *, line_ppm: int) -> pa.Table:
    """What the stage `prohibited` found in every document of each source.

    Args:
        counts: source to (n_bad, n) over all of its batches.
        line_ppm: as in `before`.

    Returns:
        `ASSESSMENTS`, ascending by source; no bound, since nothing was sampled.
    """
    return _table(
        [(source, "after", "prohibited", n, bad) for source, (bad, n) in sorted(counts.items()) if n], line_ppm
    )


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
            "share_ppm": [b * 1_000_000 // a for a, b in zip(n, bad, strict=True)],
            "upper_ppm": [binomial.upper_ppm(a, b) if m == "register" else None for _, _, m, a, b in rows],
            "line_ppm": [line_ppm] * len(rows),
        },
        ASSESSMENTS,
    )
