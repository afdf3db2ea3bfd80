"""The vector kernel of SHA-256 against `hashlib`, and the two roads to a digest against each other."""

from hashlib import sha256

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels import sha256 as kernel
from pipeline.ledger import canonical, hashing, merkle


def ends(messages: list[bytes]) -> np.ndarray:
    return np.cumsum([0, *map(len, messages)], dtype=np.int64)


def expected(messages: list[bytes], prefix: int) -> bytes:
    return b"".join(sha256(bytes([prefix]) + one).digest() for one in messages)


def by_kernel(messages: list[bytes], prefix: int) -> bytes:
    run = np.frombuffer(b"".join(messages) or b"\0", np.uint8)
    return kernel.digests(run, ends(messages), prefix).tobytes()


def test_the_constants_are_those_of_the_standard() -> None:
    assert [hex(kernel.START[i]) for i in (0, 7)] == ["0x6a09e667", "0x5be0cd19"]
    assert [hex(kernel.ROUND[i]) for i in (0, 63)] == ["0x428a2f98", "0xc67178f2"]


@pytest.mark.parametrize("prefix", [hashing.LEAF, hashing.NODE])
def test_every_length_around_the_edges_of_blocks_is_hashed_as_hashlib_does(prefix: int) -> None:
    messages = [bytes([n % 251]) * n for n in range(300)]
    assert by_kernel(messages, prefix) == expected(messages, prefix)


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=200), max_size=300), st.integers(0, 255))
def test_any_messages_side_by_side_are_hashed_as_hashlib_does(messages: list[bytes], prefix: int) -> None:
    assert by_kernel(messages, prefix) == expected(messages, prefix)


@pytest.mark.parametrize("few", [1, 10**9])
def test_a_large_segment_has_the_same_leaves_and_tiles_on_both_roads(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "FEW", few)
    rows = pa.table({"a": pa.array(range(5_000), pa.int64()), "b": [f"中{'x' * (n % 90)}" for n in range(5_000)]})
    texts = [f'["{n}","中{"x" * (n % 90)}"]'.encode() for n in range(5_000)]

    leaves = canonical.leaves(rows)

    assert leaves == expected(texts, hashing.LEAF)
    split = [leaves[i : i + 32] for i in range(0, len(leaves), 32)]
    assert merkle.tiles(leaves) == [merkle.root(split[i : i + 256]) for i in range(0, 5_000, 256)]


def test_a_slice_of_a_table_has_the_leaves_of_its_rows() -> None:
    rows = pa.table({"a": pa.array(range(20_000), pa.int64())})
    assert canonical.leaves(rows.slice(7_000, 9_000)) == canonical.leaves(rows)[7_000 * 32 : 16_000 * 32]
