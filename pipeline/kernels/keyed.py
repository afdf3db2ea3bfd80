"""A keyed hash of every value of a sketch: SipHash-2-4 (Aumasson and Bernstein 2012), compiled.

Without the key a keyed sketch says nothing about a text; under one key, equal values stay equal.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

U = np.uint64
Values = npt.NDArray[np.uint32]

KEY_BYTES = 16


def sketch(signatures: Values, key: bytes) -> Values:
    """Every value of (n, k) signatures replaced by 32 bits of the hash of its column and itself.

    Args:
        signatures: (n, k).
        key: the first `KEY_BYTES` of it are used.
    """
    k0, k1 = np.frombuffer(key[:KEY_BYTES], "<u8")
    out = np.empty_like(signatures)
    _sketch(signatures, U(k0), U(k1), out)
    return out


def of_eight_bytes(message: bytes, key: bytes) -> int:
    """SipHash-2-4 of a message of 8 bytes."""
    k0, k1 = np.frombuffer(key[:KEY_BYTES], "<u8")
    return int(_hash(U(k0), U(k1), np.frombuffer(message, "<u8")[0]))


@njit(nogil=True, cache=True)
def _turn(x: np.uint64, by: int) -> np.uint64:  # pragma: no cover - compiled
    return U(U(x << U(by)) | U(x >> U(64 - by)))


@njit(nogil=True, cache=True)
def _round(  # pragma: no cover - compiled
    a: np.uint64, b: np.uint64, c: np.uint64, d: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    a = U(a + b)
    c = U(c + d)
    b = U(_turn(b, 13) ^ a)
    d = U(_turn(d, 16) ^ c)
    a = U(_turn(a, 32) + d)
    c = U(c + b)
    b = U(_turn(b, 17) ^ c)
    d = U(_turn(d, 21) ^ a)
    return a, b, _turn(c, 32), d


@njit(nogil=True, cache=True)
def _hash(k0: np.uint64, k1: np.uint64, word: np.uint64) -> np.uint64:  # pragma: no cover - compiled
    a, b = U(k0 ^ U(0x736F6D6570736575)), U(k1 ^ U(0x646F72616E646F6D))
    c, d = U(k0 ^ U(0x6C7967656E657261)), U(k1 ^ U(0x7465646279746573))
    for block in (word, U(8) << U(56)):  # the second block is the length of the message
        d = U(d ^ block)
        a, b, c, d = _round(a, b, c, d)
        a, b, c, d = _round(a, b, c, d)
        a = U(a ^ block)
    c = U(c ^ U(0xFF))
    for _ in range(4):
        a, b, c, d = _round(a, b, c, d)
    return U(a ^ b ^ c ^ d)


@njit(nogil=True, cache=True)
def _sketch(signatures: Values, k0: np.uint64, k1: np.uint64, out: Values) -> None:  # pragma: no cover - compiled
    for row in range(signatures.shape[0]):
        for column in range(signatures.shape[1]):
            word = U(U(U(column) << U(32)) | U(signatures[row, column]))
            out[row, column] = np.uint32(_hash(k0, k1, word) & U(0xFFFFFFFF))
