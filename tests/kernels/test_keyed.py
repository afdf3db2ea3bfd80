"""Keyed sketches: SipHash-2-4 by its authors' vector, and what equal values stay equal to."""

import numpy as np

from pipeline.kernels import keyed

KEY = bytes(range(16))


def test_the_authors_vector_for_eight_bytes() -> None:
    assert keyed.of_eight_bytes(bytes(range(8)), KEY) == 0x93F5F5799A932462


def test_equal_values_of_a_column_stay_equal_under_one_key_and_under_no_other() -> None:
    values = np.array([[7, 7, 9], [7, 8, 9]], dtype=np.uint32)

    got, other = keyed.sketch(values, KEY), keyed.sketch(values, KEY[::-1])

    assert (got[0] == got[1]).tolist() == [True, False, True]
    assert got[0, 0] != got[0, 1], "the column counts"
    assert not (got == other).any()
    assert not (got == values).any()
    assert got[0, 0] == keyed.of_eight_bytes((7).to_bytes(8, "little"), KEY) & 0xFFFFFFFF
