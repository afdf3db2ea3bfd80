"""Components of a graph of pairs, and which member of each stays: integers in, integers out."""

import numpy as np
import numpy.typing as npt
from numba import njit

Rows = npt.NDArray[np.int64]


def components(n: int, a: Rows, b: Rows) -> Rows:
    """The smallest row of each row's component, in a graph of `n` rows with edges (a[i], b[i])."""
    parent = np.arange(n, dtype=np.int64)
    _join(parent, np.ascontiguousarray(a, np.int64), np.ascontiguousarray(b, np.int64))
    return parent


def elect(order: Rows, a: Rows, b: Rows, *, stays: npt.NDArray[np.bool_]) -> Rows:
    """For each row, the edge through which a better row speaks for it; -1 for a row nobody speaks for.

    Rows are heard in `order`. A row that nobody speaks for yet stays and speaks for its neighbours; a row that is
    spoken for is silent, so that nothing is lost by a chain of neighbours. A row in `stays` is spoken for but not
    silenced.

    Args:
        order: all rows, best first.
        a: one end of each edge.
        b: the other.
        stays: rows that remain although a better one is near.
    """
    ends = np.concatenate([a, b]).astype(np.int64)
    others = np.concatenate([b, a]).astype(np.int64)
    edges = np.tile(np.arange(len(a), dtype=np.int64), 2)
    by_row = np.lexsort((others, ends))
    starts = np.searchsorted(ends[by_row], np.arange(len(order) + 1))
    spoken = np.full(len(order), -1, dtype=np.int64)
    _speak(order, (starts, others[by_row], edges[by_row]), stays, spoken)
    return spoken


def groups(first: Rows) -> tuple[Rows, Rows, Rows]:
    """(members, starts, sizes) of rows by the row that stands for them; the last two are indexed by that row."""
    members = np.argsort(first, kind="stable")
    sizes = np.bincount(first, minlength=len(first)).astype(np.int64)
    return members, np.cumsum(sizes) - sizes, sizes


def products(kinds: tuple[Rows, Rows, Rows], a: Rows, b: Rows, value: Rows) -> tuple[Rows, Rows, Rows]:
    """Every member of group a[i] with every member of group b[i], and value[i] beside each."""
    members, starts, sizes = kinds
    counts = sizes[a] * sizes[b]
    pair = np.repeat(np.arange(len(a)), counts)
    within_pair = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    width = sizes[b][pair]
    x = members[starts[a][pair] + within_pair // width]
    y = members[starts[b][pair] + within_pair % width]
    return x, y, value[pair]


def within(kinds: tuple[Rows, Rows, Rows], value: int) -> tuple[Rows, Rows, Rows]:
    """Every two members of the same group once, and `value` beside each."""
    several = np.flatnonzero(kinds[2] > 1)
    x, y, values = products(kinds, several, several, np.full(len(several), value))
    return x[x < y], y[x < y], values[x < y]


@njit(nogil=True, cache=True)
def _root(parent: Rows, x: int) -> int:  # pragma: no cover - compiled
    while parent[x] != x:
        parent[x] = parent[parent[x]]
        x = parent[x]
    return x


@njit(nogil=True, cache=True)
def _join(parent: Rows, a: Rows, b: Rows) -> None:  # pragma: no cover - compiled
    for i in range(len(a)):
        x, y = _root(parent, a[i]), _root(parent, b[i])
        parent[max(x, y)] = min(x, y)
    for x in range(len(parent)):
        parent[x] = _root(parent, x)


@njit(nogil=True, cache=True)
def _speak(  # pragma: no cover - compiled
    order: Rows, graph: tuple[Rows, Rows, Rows], stays: npt.NDArray[np.bool_], spoken: Rows
) -> None:
    starts, others, edges = graph
    heard = np.zeros(len(order), dtype=np.bool_)
    for x in order:
        heard[x] = True
        if spoken[x] >= 0 and not stays[x]:
            continue
        for i in range(starts[x], starts[x + 1]):
            if not heard[others[i]] and spoken[others[i]] < 0:
                spoken[others[i]] = edges[i]
