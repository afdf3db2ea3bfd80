import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels import unionfind

N = 12
EDGES = st.lists(st.tuples(st.integers(0, N - 1), st.integers(0, N - 1)).filter(lambda e: e[0] != e[1]), max_size=20)


def ends(edges) -> tuple[np.ndarray, np.ndarray]:
    both = np.array(edges, dtype=np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


@given(EDGES)
def test_a_component_is_what_can_be_reached_and_is_named_by_its_smallest_row(edges) -> None:
    name = list(range(N))
    for _ in range(N):
        for a, b in edges:
            name[a] = name[b] = min(name[a], name[b])

    assert unionfind.components(N, *ends(edges)).tolist() == name


@given(EDGES, st.permutations(range(N)), st.sets(st.integers(0, N - 1)))
def test_who_is_spoken_for_has_an_edge_to_one_who_stays_and_was_heard_before(edges, order, stays) -> None:
    marked = np.isin(np.arange(N), list(stays))
    edge = unionfind.elect(np.array(order), *ends(edges), stays=marked).tolist()
    silent = {row for row in range(N) if edge[row] >= 0 and not marked[row]}

    for row in (r for r in range(N) if edge[r] >= 0):
        speaker = sum(edges[edge[row]]) - row
        assert speaker not in silent
        assert order.index(speaker) < order.index(row)
    for a, b in edges:
        assert edge[a] >= 0 or edge[b] >= 0 or a == b


def test_groups_are_written_out_as_products_and_as_inner_pairs() -> None:
    kinds = unionfind.groups(np.array([0, 1, 0, 3, 1, 0]))
    x, y, value = unionfind.products(kinds, np.array([0]), np.array([1]), np.array([7]))

    assert list(zip(x.tolist(), y.tolist(), strict=True)) == [(0, 1), (0, 4), (2, 1), (2, 4), (5, 1), (5, 4)]
    assert value.tolist() == [7] * 6
    x, y, value = unionfind.within(kinds, 9)
    assert list(zip(x.tolist(), y.tolist(), value.tolist(), strict=True)) == [
        (0, 2, 9),
        (0, 5, 9),
        (2, 5, 9),
        (1, 4, 9),
    ]
