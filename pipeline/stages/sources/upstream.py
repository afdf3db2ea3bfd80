"""Upstream: the datasets behind a source. An open dataset is as lawful as what it was made from."""

from collections.abc import Iterator, Mapping

import pyarrow as pa

from pipeline.schemas import conform
from pipeline.schemas.sources import UPSTREAMS

Row = Mapping[str, object]
Named = tuple[str, str | None]  # id, licence as the source states it


def chain(register: pa.Table) -> pa.Table:
    """Every dataset behind every source, nearest first, each once; what is wrong with it in `problem`.

    A dataset that is registered counts with its own licence, any other with the one that is stated beside its id.

    Args:
        register: `SOURCES`.

    Returns:
        `UPSTREAMS`, by source in the order of `register`.
    """
    ids, licences = (register.column(name).to_pylist() for name in ("source_id", "licence_declared"))
    named = [
        [(one["id"], one["licence"]) for one in listed or ()] for listed in register.column("upstream").to_pylist()
    ]
    known = dict(zip(ids, zip(named, licences, strict=True), strict=True))
    rows = [row for source in ids for row in _behind(source, known)]
    return conform({name: [row[name] for row in rows] for name in UPSTREAMS.names}, UPSTREAMS)


def _behind(source: str, known: Mapping[str, tuple[list[Named], str | None]]) -> Iterator[Row]:
    seen: set[str] = set()
    level, depth = known[source][0], 1
    while level:
        following: list[Named] = []
        for name, stated in level:
            if name in seen:
                continue
            seen.add(name)
            is_registered = name in known
            licence = known[name][1] if is_registered else stated
            yield _row(source, name, depth, licence, is_registered=is_registered)
            following += known[name][0] if is_registered else []
        level, depth = following, depth + 1


def _row(source: str, name: str, depth: int, licence: str | None, *, is_registered: bool) -> Row:
    problem = None if is_registered or licence else "missing"
    return {
        "source_id": source,
        "upstream_id": name,
        "depth": depth,
        "licence_declared": licence,
        "is_registered": is_registered,
        "problem": "cycle" if name == source else problem,
    }
