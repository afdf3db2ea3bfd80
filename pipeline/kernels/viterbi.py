"""The best path of tags under a linear-chain CRF (Viterbi 1967), for many sequences of one length."""

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float32]


@njit(nogil=True, cache=True)
def best_paths(emissions: Floats, transitions: Floats) -> npt.NDArray[np.int32]:
    """The tags of each sequence; of equal scores the lowest tag.

    Args:
        emissions: (sequences, length, tags).
        transitions: from tag, to tag.

    Returns:
        (sequences, length).
    """
    n, length, tags = emissions.shape
    paths = np.empty((n, length), np.int32)
    back = np.empty((length, tags), np.int32)
    score, best = np.empty(tags, np.float32), np.empty(tags, np.float32)
    for row in range(n):
        score[:] = emissions[row, 0]
        for at in range(1, length):
            best[:] = score[0] + transitions[0]
            back[at] = 0
            for before in range(1, tags):
                for tag in range(tags):
                    reached = score[before] + transitions[before, tag]
                    if reached > best[tag]:
                        best[tag] = reached
                        back[at, tag] = before
            for tag in range(tags):
                score[tag] = best[tag] + emissions[row, at, tag]
        last = np.argmax(score)
        for at in range(length - 1, 0, -1):
            paths[row, at] = last
            last = back[at, last]
        paths[row, 0] = last
    return paths
