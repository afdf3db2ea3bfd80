"""Digests of many messages: `hashlib` for few, the vector kernel for many, the same bytes from both.

The kernel is three times as fast but takes a second to load, so it serves large segments, and small ones where numba
is loaded anyway: in workers, and in a verifier that has much to do.
"""

import sys
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

LEAF, NODE = 0, 1  # RFC 6962, section 2.1: what stands before the content
FEW, MANY = 64, 1_000_000


def load() -> None:
    """Load the kernel now: there are many messages to come."""
    import pipeline.kernels.sha256  # noqa: F401, PLC0415  takes a second


def digests(run: bytes | memoryview, ends: NDArray[np.int64], prefix: int) -> bytes:
    """The digest of each message with the byte `prefix` before it, one after another.

    Args:
        run: all messages, one after another.
        ends: where each begins, and at last where the last one ends.
        prefix: `LEAF` or `NODE`.
    """
    n = len(ends) - 1
    if n >= MANY or (n >= FEW and "numba" in sys.modules):
        from pipeline.kernels import sha256 as kernel  # noqa: PLC0415  takes a second

        return kernel.digests(np.frombuffer(run, np.uint8), ends, prefix).tobytes()
    first = bytes([prefix])
    places = ends.tolist()
    return b"".join(
        [sha256(first + run[low:high]).digest() for low, high in zip(places, places[1:], strict=False)]  # noqa: RUF007
    )
