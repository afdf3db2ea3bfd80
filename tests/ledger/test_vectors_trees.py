"""Published examples of RFC 6962: both verifiers judge them as published, and refuse all that is no proof."""

from collections.abc import Callable
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ProofInvalid
from pipeline.ledger import merkle
from tests.ledger.ledgers import AUDITOR

INPUTS = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = """
    6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d
    fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125
    aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77
    d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7
    4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4
    76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef
    ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c
    5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328""".split()
LEAVES = [merkle.leaf(bytes.fromhex(one)) for one in INPUTS]
INCLUSION = """
    index | size | proof
    0     | 1    |
    0     | 8    | 96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7
                   5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e
                   6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4
    5     | 8    | bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b
                   ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0
                   d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7
    2     | 3    | fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125
    1     | 5    | 6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d
                   5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e
                   bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"""
CONSISTENCY = """
    size1 | size2 | proof
    1     | 1     |
    1     | 8     | 96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7
                    5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e
                    6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4
    6     | 8     | 0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a
                    ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0
                    d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7
    2     | 5     | 5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e
                    bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"""


def drawn(text: str) -> list[tuple[int, int, list[bytes]]]:
    found: list[tuple[int, int, list[bytes]]] = []
    for line in text.strip().splitlines()[1:]:
        *numbers, proof = (cell.strip() for cell in line.split("|"))
        if numbers:
            found.append((int(numbers[0]), int(numbers[1]), []))
        if proof:
            found[-1][2].append(bytes.fromhex(proof))
    return found


def test_the_reference_trees_have_the_published_roots() -> None:
    for n, published in enumerate(ROOTS, 1):
        assert merkle.root(LEAVES[:n]).hex() == AUDITOR.tree(LEAVES[:n]).hex() == published
    assert merkle.root([]) == sha256(b"").digest()


@pytest.mark.parametrize(("index", "size", "proof"), drawn(INCLUSION))
def test_the_published_inclusion_proofs_hold_and_the_verifiers_agree_on_every_other_place(
    index: int, size: int, proof: list[bytes]
) -> None:
    root = bytes.fromhex(ROOTS[size - 1])
    assert merkle.inclusion_proof(LEAVES[:size], index) == proof
    merkle.verify_inclusion(LEAVES[index], index, size, proof, root)
    AUDITOR.check_inclusion(LEAVES[index], index, size, proof, root)
    taken = [(i, n) for i in range(-1, 10) for n in range(-1, 10) if accepts(LEAVES[index], i, n, proof, root)]
    assert (index, size) in taken
    assert all(0 <= i < n for i, n in taken)


def accepts(*given: object) -> bool:
    """Whether both verifiers take an inclusion proof."""
    return both_take(merkle.verify_inclusion, AUDITOR.check_inclusion, given)


def grows(*given: object) -> bool:
    """Whether both verifiers take a consistency proof."""
    return both_take(merkle.verify_consistency, AUDITOR.check_consistency, given)


def both_take(ours: Callable[..., None], theirs: Callable[..., None], given: tuple[object, ...]) -> bool:
    """Whether two checks take the same proof; they always agree."""
    outcomes = []
    for check, refusal in ((ours, ProofInvalid), (theirs, AUDITOR.Broken)):
        try:
            check(*given)
            outcomes.append(True)
        except refusal:
            outcomes.append(False)
    assert outcomes[0] == outcomes[1]
    return outcomes[0]


@pytest.mark.parametrize(("size1", "size2", "proof"), drawn(CONSISTENCY))
def test_the_published_consistency_proofs_hold_and_no_changed_one_does(
    size1: int, size2: int, proof: list[bytes]
) -> None:
    roots = [bytes.fromhex(ROOTS[n - 1]) for n in (size1, size2)]
    assert merkle.consistency_proof(LEAVES[:size2], size1) == proof
    assert grows(size1, size2, proof, *roots)
    for wrong in ([*proof, bytes(32)], [bytes(32), *proof], proof[:-1] or [bytes(32)], proof[1:] or [bytes(32)]):
        assert not grows(size1, size2, wrong, *roots)
    assert not grows(0, size2, [], sha256(b"").digest(), roots[1])
    assert not grows(0, size2, proof, *roots)
    assert not grows(size2 + 1, size2, proof, *roots)
    if size1 != size2:
        assert not grows(size1, size2, proof, *roots[::-1])
        assert not grows(size2, size1, proof, *roots)


def test_every_proof_of_every_small_tree_holds() -> None:
    leaves = [merkle.leaf(bytes([n])) for n in range(34)]
    for size in range(1, len(leaves) + 1):
        root = merkle.root(leaves[:size])
        for index in range(size):
            assert accepts(leaves[index], index, size, merkle.inclusion_proof(leaves[:size], index), root)
            proof = merkle.consistency_proof(leaves[:size], index + 1)
            assert grows(index + 1, size, proof, merkle.root(leaves[: index + 1]), root)


HASH = st.sampled_from([*LEAVES, *map(bytes.fromhex, ROOTS)])
NUMBER = st.integers(-2, 10) | st.sampled_from([2**31, 2**63, 2**64 - 1, 2**64, 10**5000, -(10**5000)])
PROOF = st.lists(HASH | st.binary(max_size=40), max_size=5) | st.lists(HASH, max_size=70)
JUNK = (
    st.none()
    | st.text(max_size=4)
    | st.floats()
    | st.booleans()
    | st.lists(st.none() | st.integers(), min_size=1, max_size=3)
    | st.dictionaries(st.integers(), st.integers(), min_size=1)
    | st.just(bytearray(32))
    | st.just(object())
)


@settings(max_examples=400)
@given(HASH, NUMBER, NUMBER, PROOF, HASH)
def test_numbers_and_hashes_of_any_size_get_one_verdict(
    leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes
) -> None:
    if accepts(leaf, index, size, proof, root):
        assert 0 <= index < size
    if grows(index, size, proof, leaf, root):
        assert 0 < index <= size


@settings(max_examples=300)
@given(st.lists(JUNK, min_size=5, max_size=5), st.integers(1, 31))
def test_whatever_is_given_the_one_error_is_raised(junk: list[object], which: int) -> None:
    good = [LEAVES[5], 5, 8, drawn(INCLUSION)[2][2], bytes.fromhex(ROOTS[7])]
    given = [one if which >> i & 1 else right for i, (one, right) in enumerate(zip(junk, good, strict=True))]
    with pytest.raises(ProofInvalid):
        merkle.verify_inclusion(*given)
    grown = [6, 8, drawn(CONSISTENCY)[2][2], *(bytes.fromhex(ROOTS[n]) for n in (5, 7))]
    given = [one if which >> i & 1 else right for i, (one, right) in enumerate(zip(junk, grown, strict=True))]
    with pytest.raises(ProofInvalid):
        merkle.verify_consistency(*given)
