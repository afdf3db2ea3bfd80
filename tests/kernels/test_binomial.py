import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from pipeline.kernels import binomial


@pytest.mark.parametrize(("bad", "n"), [(0, 59), (1, 93), (2, 124), (3, 153), (5, 208), (10, 336)])
def test_the_smallest_samples_that_show_five_percent_are_those_of_the_tables(bad: int, n: int) -> None:
    assert binomial.upper_ppm(n, bad) <= 50_000 < binomial.upper_ppm(n - 1, bad)


@given(st.integers(1, 5000), st.floats(0, 1))
def test_the_bound_is_the_one_of_clopper_and_pearson(n: int, share: float) -> None:
    bad = int(share * n)
    expected = 1_000_000 if bad == n else beta.ppf(0.95, bad + 1, n - bad) * 1_000_000
    assert abs(binomial.upper_ppm(n, bad) - expected) <= 1.01
