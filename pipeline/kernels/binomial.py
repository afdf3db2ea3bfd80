"""Binomial: what a sample of a share shows, exactly (Clopper and Pearson 1934)."""

from math import exp, lgamma, log, log1p

PPM = 1_000_000
NEGLIGIBLE = 1e-18


def upper_ppm(n: int, n_bad: int, confidence_ppm: int = 950_000) -> int:
    """The greatest share, in ppm rounded up, that `n_bad` of `n` leaves possible at the one-sided confidence.

    Source:
        Clopper and Pearson, Biometrika 26 (1934): the share at which so few findings have probability 1 - confidence.
    """
    if n_bad >= n:
        return PPM
    low, high = n_bad * PPM // n, PPM
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _at_most(n, n_bad, middle) > PPM - confidence_ppm else (low, middle)
    return high


def _at_most(n: int, n_bad: int, share_ppm: int) -> float:
    """Probability, in ppm, of at most `n_bad` findings among `n` at a true share strictly between 0 and 1."""
    share = share_ppm / PPM
    if not 0 < share < 1:
        return PPM if share <= 0 else 0
    hit, miss = log(share), log1p(-share)
    start = lgamma(n + 1)
    total = 0.0
    for k in range(n_bad, -1, -1):  # downwards from the greatest term: a million findings need some thousand terms
        term = exp(start - lgamma(k + 1) - lgamma(n - k + 1) + k * hit + (n - k) * miss)
        total += term
        if term <= total * NEGLIGIBLE:
            break
    return PPM * total
