"""How often each document should be read so that the mixture keeps its caps and floors (Interim Measures, Art. 7(4)).

Whole numbers only: the same documents under the same targets have the same weights on every machine.
"""

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.rules.diversity import UNSAID, Target, Weights
from pipeline.schemas.diversity import CELLS, SHARES

MILLION = 1_000_000
ROUNDS = 200
"""Passes over all targets; a mixture that no weights can make does not settle sooner."""

Cells = Sequence[int]  # rows of one value


def cells(documents: pa.Table) -> pa.Table:
    """Documents counted by language, source and topic.

    Args:
        documents: `lang`, `source_id`, `topic` (null: other), `n_bytes`.

    Returns:
        `CELLS`, ascending.
    """
    topic = pc.fill_null(documents.column("topic"), "other")
    sizes = pa.table([documents.column("lang"), documents.column("source_id"), topic, documents.column("n_bytes")],
                     names=["lang", "source", "topic", "n_bytes"])  # fmt: skip
    counted = sizes.group_by(["lang", "source", "topic"]).aggregate([([], "count_all"), ("n_bytes", "sum")])
    named = counted.rename_columns({"count_all": "docs", "n_bytes_sum": "n_bytes"})
    ordered = named.sort_by([(name, "ascending") for name in ("lang", "source", "topic")])
    return ordered.select(CELLS.names).cast(CELLS)


def weigh(counted: pa.Table, targets: Sequence[Target], bounds: Weights) -> pa.Array:
    """The weight of every cell, in ppm: what a cap forbids is read less often, what a floor wants more often.

    The targets take turns until none has anything to move. Each moves all cells of its value by one factor, so that
    documents of one language, source and topic have one weight. Weights stay within `bounds`.

    Args:
        counted: `CELLS`.
        targets: those that are shadows change nothing.
        bounds: below `least_documents` every weight is 1,000,000.

    Returns:
        int32, in the order of `counted`.
    """
    found = [MILLION] * counted.num_rows
    sizes = counted.column("n_bytes").to_pylist()
    turns = [(one, at) for one in targets if not one.shadow for _, at in _values(counted, one)]
    whole = sum(sizes) * MILLION
    for _ in range(ROUNDS if is_mixture(counted, bounds) else 0):
        before = list(found)
        for one, at in turns:
            whole += _move(found, sizes, (one, at), whole, bounds)
        if found == before:
            break
    return pa.array(found, pa.int32())


def is_mixture(counted: pa.Table, bounds: Weights) -> bool:
    """Whether there are enough documents for targets to apply."""
    return (pc.sum(counted.column("docs")).as_py() or 0) >= bounds.least_documents


def _values(counted: pa.Table, target: Target) -> Iterator[tuple[str, Cells]]:
    """The values that a target is about, with their rows, ascending; where all text has one value no cap applies."""
    rows: dict[str, list[int]] = {target.value: []} if target.value else {}
    values = counted.column(target.axis).to_pylist()
    if not target.value and len(set(values)) < 2:
        return
    for at, value in enumerate(values):
        if value == target.value or (not target.value and value not in UNSAID):
            rows.setdefault(value, []).append(at)
    yield from sorted(rows.items())


def _move(found: list[int], sizes: Sequence[int], turn: tuple[Target, Cells], whole: int, bounds: Weights) -> int:
    """Bring one value to its cap or floor, as far as bounds allow; by how much that changes the whole."""
    target, at = turn
    own = sum(found[i] * sizes[i] for i in at)
    share = own * MILLION // max(whole, 1)
    slack = bounds.tolerance_ppm // 2
    is_alone = own in (0, whole)
    if is_alone or target.least_ppm - slack <= share <= target.most_ppm + slack:
        return 0
    edge = min(max(share, target.least_ppm), target.most_ppm)
    wanted = (whole - own) * edge // max(MILLION - edge, 1)
    for i in at:
        found[i] = min(max(found[i] * wanted // own, bounds.least_ppm), bounds.most_ppm)
    return sum(found[i] * sizes[i] for i in at) - own


def shares(counted: pa.Table, weight_ppm: pa.Array, targets: Sequence[Target], bounds: Weights) -> pa.Table:
    """What every target finds, before and after weighing.

    Args:
        counted: `CELLS`.
        weight_ppm: the weight of each.
        targets: shadows too.
        bounds: when there are too few documents nothing is said.

    Returns:
        `SHARES`, in the order of targets, then values.
    """
    rows: list[Mapping[str, object]] = []
    if is_mixture(counted, bounds):
        sizes = counted.column("n_bytes").to_pylist()
        weighed = [size * weight for size, weight in zip(sizes, weight_ppm.to_pylist(), strict=True)]
        rows = [
            _share(one, value, (sizes, weighed), at, bounds) for one in targets for value, at in _values(counted, one)
        ]
    return pa.Table.from_pylist(rows, SHARES)


def _share(
    target: Target, value: str, sides: tuple[Sequence[int], Sequence[int]], at: Cells, bounds: Weights
) -> dict[str, object]:
    plain, weighed = (sum(side[i] for i in at) * MILLION // max(sum(side), 1) for side in sides)
    slack = bounds.tolerance_ppm
    is_met = target.least_ppm - slack <= weighed <= target.most_ppm + slack
    said = {"rule_id": target.id, "axis": target.axis, "value": value, "share_ppm": plain, "weighted_ppm": weighed}
    limits = {"least_ppm": target.least_ppm, "most_ppm": target.most_ppm}
    return said | limits | {"is_met": is_met, "is_shadow": target.shadow}


def broken(found: pa.Table) -> pa.Table:
    """The `SHARES` that stop a snapshot: weights do not mend them."""
    return found.filter(~(pc.field("is_met") | pc.field("is_shadow")))
