"""What datasketch tests of its MinHash and its LSH, of our signatures in its hands."""

import pickle

import datasketch
import numpy as np
import pyarrow as pa
import pytest
from datasketch.lsh import _optimal_param
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels import minhash
from tests.kernels.test_minhash import ours, theirs
from tests.kernels.test_shingles import expected

A = " ".join(f"word{i}" for i in range(120))
B = " ".join(f"word{i}" for i in range(30, 150))


def test_an_empty_text_is_an_empty_sketch_and_any_other_is_not() -> None:
    assert ours("").is_empty()
    assert ours(" \u200b").is_empty()
    assert not ours("a").is_empty()
    assert ours("").jaccard(theirs("")) == 1.0


def test_merging_our_sketches_is_sketching_the_union() -> None:
    merged = ours(A)
    merged.merge(ours(B))
    union = datasketch.MinHash(num_perm=128, seed=1, scheme="affine32", hashfunc=lambda h: h & 0xFFFFFFFF)
    union.update_batch(sorted(expected(A) | expected(B)))

    assert merged == union
    assert datasketch.MinHash.union(ours(A), ours(B)) == union


def test_order_and_repetition_of_shingles_do_not_count() -> None:
    assert np.array_equal(ours(f"{A}\n{A}").hashvalues, ours(f"{A}\n{A}\n{A}").hashvalues)
    assert ours(A) == ours(A.upper())
    assert ours(A) != ours(B)


def test_the_number_of_shingles_is_estimated_from_our_sketch() -> None:
    many = " ".join(f"word{i}" for i in range(5000))

    assert ours(many).count() == pytest.approx(len(expected(many)), rel=0.3)


def test_a_sketch_survives_copying_pickling_and_the_lean_form_byte_by_byte() -> None:
    sketch = ours(A)
    lean = datasketch.LeanMinHash(sketch)
    buffer = bytearray(lean.bytesize())
    lean.serialize(buffer)

    assert sketch.copy() == sketch == pickle.loads(pickle.dumps(sketch))  # noqa: S301  our own bytes
    assert datasketch.LeanMinHash.deserialize(buffer) == lean
    assert lean.jaccard(datasketch.LeanMinHash(theirs(B))) == theirs(A).jaccard(theirs(B))


@pytest.mark.parametrize("missed", [100_000, 500_000, 900_000, 997_000])
@pytest.mark.parametrize("threshold", range(100_000, 1_000_000, 100_000))
def test_bands_and_rows_are_the_optimiser_s_for_every_threshold_and_fit_the_permutations(threshold, missed) -> None:
    bands, rows = minhash.bands(threshold, missed)

    assert (bands, rows) == _optimal_param(threshold / 1e6, 128, 1 - missed / 1e6, missed / 1e6)
    assert 1 <= bands * rows <= minhash.PERMUTATIONS


FAMILIES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 25)), min_size=2, max_size=9)


@settings(max_examples=40)
@given(FAMILIES, st.sampled_from([500_000, 800_000, 900_000]))
def test_our_candidates_are_those_that_datasketch_s_lsh_finds_with_the_same_bands(rows, threshold) -> None:
    texts = [" ".join(f"t{topic}w{i}" for i in range(cut, 60)) for topic, cut in rows]
    shape = minhash.bands(threshold, 900_000)
    index = datasketch.MinHashLSH(num_perm=128, params=shape)
    for key, text in enumerate(texts):
        index.insert(key, ours(text))
    asked = {tuple(sorted((key, other))) for key, text in enumerate(texts) for other in index.query(ours(text))}

    found = minhash.candidate_rows(minhash.sketch(pa.array(texts)).signatures, shape, least_equal=0, full_bucket=99)

    assert {(int(p) >> 32, int(p) & 0xFFFFFFFF) for p in found} == {(a, b) for a, b in asked if a != b}


def test_removing_a_document_from_the_lsh_takes_it_out_of_every_answer() -> None:
    index = datasketch.MinHashLSH(threshold=0.5, num_perm=128)
    index.insert("a", ours(A))
    index.insert("A", ours(A.upper()))

    index.remove("a")

    assert index.query(ours(A)) == ["A"]
    assert "a" not in index
