import base64
import gzip
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ProofInvalid, UsageError
from pipeline.ledger import merkle

CORPORA = Path(os.environ.get("PROVENDER_CORPORA", Path(__file__).parents[3] / "shared/corpora"))
VECTORS = CORPORA / "public/merkle/rfc6962_vectors.jsonl.gz"
SIZES = st.integers(1, 70)


def leaves(n: int) -> list[bytes]:
    return [merkle.leaf(str(i).encode()) for i in range(n)]


def flipped(content: bytes, bit: int) -> bytes:
    at = bit % (8 * len(content))
    return content[: at // 8] + bytes([content[at // 8] ^ 1 << at % 8]) + content[at // 8 + 1 :]


def accepts(v: dict) -> bool:
    proof = [base64.b64decode(p) for p in v["proof"] or []]
    read = {name: base64.b64decode(v[name]) for name in ("root", "root1", "root2", "leafHash") if name in v}
    try:
        if "leafIdx" in v:
            merkle.verify_inclusion(read["leafHash"], v["leafIdx"], v["treeSize"], proof, read["root"])
        else:
            merkle.verify_consistency(v["size1"], v["size2"], proof, read["root1"], read["root2"])
    except ProofInvalid:
        return False
    return True


def test_every_public_vector_is_judged_as_published() -> None:
    if not VECTORS.exists():
        pytest.skip("the public Merkle vectors are not here (PROVENDER_CORPORA)")
    vectors = [json.loads(line) for line in gzip.decompress(VECTORS.read_bytes()).splitlines()]
    assert len(vectors) == 118
    # Ours is stricter: a tree of size 0 proves nothing, and a hash has 32 bytes.
    wrong = [v["path"] for v in vectors if accepts(v) == v["wantErr"] and v.get("size1") != 0 and is_hashes(v)]
    assert wrong == []
    assert not any(accepts(v) for v in vectors if v.get("size1") == 0 or not is_hashes(v))


def is_hashes(v: dict) -> bool:
    return all(len(base64.b64decode(v[n])) == 32 for n in ("root", "root1", "root2", "leafHash") if n in v)


def test_a_tree_of_size_zero_is_refused() -> None:
    with pytest.raises(ProofInvalid):
        merkle.verify_consistency(0, 1, [], merkle.root([]), merkle.root(leaves(1)))
    with pytest.raises(UsageError):
        merkle.consistency_proof(leaves(2), 0)


@pytest.mark.parametrize("bad", [b"", b"x" * 31, b"x" * 33])
def test_a_hash_that_is_not_32_bytes_is_refused(bad: bytes) -> None:
    good = leaves(1)[0]
    for leaf, proof, root in ((bad, [], good), (good, [bad], good), (good, [], bad)):
        with pytest.raises(ProofInvalid):
            merkle.verify_inclusion(leaf, 0, 1, proof, root)
        with pytest.raises(ProofInvalid):
            merkle.verify_consistency(1, 1, proof, leaf, root)


@settings(max_examples=60)
@given(SIZES, st.integers(0, 69), st.integers(0, 10_000))
def test_inclusion_holds_and_a_flipped_bit_is_refused(n: int, index: int, bit: int) -> None:
    tree, index = leaves(n), index % n
    proof, root = merkle.inclusion_proof(tree, index), merkle.root(tree)
    merkle.verify_inclusion(tree[index], index, n, proof, root)
    parts = [tree[index], root, *proof]
    which = bit % len(parts)
    parts[which] = flipped(parts[which], bit)
    with pytest.raises(ProofInvalid):
        merkle.verify_inclusion(parts[0], index, n, parts[2:], parts[1])


@settings(max_examples=60)
@given(SIZES, st.integers(0, 69), st.integers(0, 10_000))
def test_consistency_holds_and_a_flipped_bit_is_refused(n: int, before: int, bit: int) -> None:
    tree, before = leaves(n), before % n + 1
    proof = merkle.consistency_proof(tree, before)
    parts = [merkle.root(tree[:before]), merkle.root(tree), *proof]
    merkle.verify_consistency(before, n, proof, parts[0], parts[1])
    which = bit % len(parts)
    parts[which] = flipped(parts[which], bit)
    with pytest.raises(ProofInvalid):
        merkle.verify_consistency(before, n, parts[2:], parts[0], parts[1])
