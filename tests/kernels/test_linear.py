from itertools import pairwise

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels import linear
from pipeline.kernels.text_tokens import PRIME, SEED, hash_of
from tests.kernels import text_reference

MIX, LAST = 0x9E3779B97F4A7C15, (1 << 64) - 1
TEXTS = st.lists(st.sampled_from(["the ", "mill ", "磨坊", "。", "a", "\n", "don't "]), max_size=30).map("".join)


def numbers(text: str) -> set[int]:
    """Of tokens and pairs of neighbours, in plain Python; the first token's neighbour is the empty token."""
    hashes = [hash_of(token) for token in text_reference.tokens(text)]
    pairs = [((a * MIX ^ b) * int(PRIME)) & LAST for a, b in zip([int(SEED), *hashes], hashes, strict=False)]
    return {((key ^ key >> 32) * MIX & LAST) >> 46 for key in hashes + pairs}


@settings(max_examples=100)
@given(st.lists(TEXTS | st.none(), max_size=5), st.integers(0, 2))
def test_each_token_and_pair_of_neighbours_is_one_feature_on_any_slice(texts, cut) -> None:
    array = pa.array(texts, pa.string()).slice(cut)

    found, ends = linear.features(array)

    own = [set(found[a:b].tolist()) for a, b in pairwise(ends)]
    assert own == [numbers(t or "") for t in array.to_pylist()]
    assert np.diff(ends).tolist() == [len(one) for one in own]


def test_what_stands_beyond_the_first_tokens_is_not_looked_at() -> None:
    start = " ".join(f"w{i}" for i in range(linear.MOST_TOKENS))

    whole, cut = (linear.features(pa.array([text])) for text in (start + " and more", start))

    assert whole[0].tolist() == cut[0].tolist()
    assert len(whole[0]) > linear.MOST_TOKENS


def test_weights_tell_apart_what_they_were_fitted_to_and_depend_on_nothing_else() -> None:
    texts = pa.array(["the mill stood", "磨坊在河边", "buy now", "立即购买"] * 5)
    accepted = np.array([True, True, False, False] * 5)
    found, ends = linear.features(texts)

    weights = linear.fit(found, ends, accepted)

    assert weights.tobytes() == linear.fit(found, ends, accepted).tobytes()
    assert (linear.probabilities(found, ends, weights) > 500_000).tolist() == accepted.tolist()


def test_a_text_without_tokens_has_the_probability_of_the_bias() -> None:
    weights = np.zeros(linear.BUCKETS + 1, np.float32)

    got = linear.probabilities(*linear.features(pa.array(["", None, " \n"], pa.string())), weights)

    assert got.tolist() == [500_000] * 3
