import datasketch
import numpy as np
import pyarrow as pa
import pytest
from datasketch.lsh import _optimal_param
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels import minhash, shingles
from tests.kernels.test_shingles import TEXTS, expected


def theirs(text: str) -> datasketch.MinHash:
    sketch = datasketch.MinHash(num_perm=128, seed=1, scheme="affine32", hashfunc=lambda h: h & 0xFFFFFFFF)
    sketch.update_batch(sorted(expected(text)))
    return sketch


def ours(text: str) -> datasketch.MinHash:
    return datasketch.MinHash(hashvalues=minhash.sketch(pa.array([text])).signatures[0], scheme="affine32")


@settings(max_examples=40)
@given(TEXTS)
def test_signatures_are_datasketch_s_own(text) -> None:
    assert np.array_equal(ours(text).hashvalues, theirs(text).hashvalues)


def test_datasketch_compares_our_signatures_with_its_own() -> None:
    a = " ".join(f"word{i}" for i in range(200))
    b = " ".join(f"word{i}" for i in range(20, 220))

    assert ours(a).jaccard(theirs(b)) == theirs(a).jaccard(theirs(b))
    assert ours(a).jaccard(theirs(b)) == pytest.approx(176 / 216, abs=0.12)


def test_permutations_are_datasketch_s() -> None:
    assert np.array_equal(np.array(minhash.permutations()), datasketch.MinHash(num_perm=128, seed=1).permutations)


@pytest.mark.parametrize(("threshold", "missed"), [(800_000, 997_000), (500_000, 500_000), (900_000, 999_000)])
def test_bands_are_those_of_datasketch_s_optimiser(threshold, missed) -> None:
    weights = (1 - missed / 1e6, missed / 1e6)

    assert minhash.bands(threshold, missed) == _optimal_param(threshold / 1e6, 128, *weights)


@settings(max_examples=100)
@given(TEXTS, TEXTS)
def test_jaccard_is_that_of_the_sets_rounded_down_to_ppm(a, b) -> None:
    one = np.array([0])
    hashes, starts, sizes = shingles.sets(pa.array([a, b]))
    x, y = expected(a), expected(b)
    union = len(x | y)

    both = minhash.common(hashes, starts, sizes, one, one + 1)
    got = minhash.jaccard_ppm(both, sizes[:1], sizes[1:])

    assert got.tolist() == [len(x & y) * 1_000_000 // union if union else 1_000_000]


def test_a_bucket_larger_than_the_limit_gives_pairs_with_its_first_row_and_neighbours_only() -> None:
    same = np.zeros((5, 128), np.uint32)

    def pairs(limit: int) -> list[tuple[int, int]]:
        found = minhash.candidate_rows(same, (4, 8), least_equal=100, full_bucket=limit)
        return [(int(p) >> 32, int(p) & 0xFFFFFFFF) for p in found]

    assert pairs(5) == [(i, j) for i in range(5) for j in range(i + 1, 5)]
    assert pairs(4) == [(0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (2, 3), (3, 4)]


def test_a_pair_whose_estimate_is_too_low_is_no_candidate() -> None:
    rows = np.arange(256, dtype=np.uint32).reshape(2, 128)
    rows[1, :8] = rows[0, :8]

    assert minhash.candidate_rows(rows, (16, 8), least_equal=9, full_bucket=9).tolist() == []
    assert minhash.candidate_rows(rows, (16, 8), least_equal=8, full_bucket=9).tolist() == [1]
    assert minhash.candidate_rows(rows[:0], (16, 8), least_equal=8, full_bucket=9).tolist() == []


def test_the_token_hash_tells_order_and_number_apart() -> None:
    hashes = minhash.sketch(pa.array(["a b c", "c b a", "a b", "A  b\tc", "", " "])).hashes.tolist()

    assert hashes[0] == hashes[3]
    assert hashes[4] == hashes[5]
    assert len({tuple(h) for h in hashes}) == 4


@settings(max_examples=60)
@given(st.lists(st.lists(st.integers(0, 2), min_size=8, max_size=8), max_size=40))
def test_candidates_are_the_rows_that_share_a_band_and_no_others(rows) -> None:
    signatures = np.tile(np.array(rows, np.uint32).reshape(-1, 8), 16)
    bands = [[tuple(row[2 * k : 2 * k + 2]) for k in range(4)] for row in rows]
    want = [
        i << 32 | j
        for i in range(len(rows))
        for j in range(i + 1, len(rows))
        if any(x == y for x, y in zip(bands[i], bands[j], strict=True))
    ]

    assert minhash.candidate_rows(signatures, (4, 2), least_equal=0, full_bucket=99).tolist() == want
