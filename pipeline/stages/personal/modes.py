"""What stands in the place of a finding: placeholder, mask, pseudonym, surrogate, or nothing.

Nothing here keeps what was replaced. A pseudonym and a surrogate depend on a key: as long as the key exists, they are
pseudonymised and not anonymised.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.errors import InputMissing
from pipeline.kernels.masking import masked
from pipeline.rules.personal import EntityRule
from pipeline.stages.personal.subjects import family, normal

Surrogate = Callable[[str, str, int], str]  # type, value (for its format and script), seed -> what looks like it

NUMBERED = 999
"""Highest number of a placeholder in one document; later values share one, so that no number looks like an account."""
LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
"""Hexadecimal digits could be taken for a number."""
PSEUDONYM_BYTES = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Keyed:
    """What the modes `pseudonym` and `surrogate` need; a run without these modes needs neither."""

    key: bytes | None = None  # 32 bytes, of the run; lies in `private/`
    surrogate: Surrogate | None = None


def placeholder(rule: EntityRule, number: int) -> str:
    """`<PERSON_2>`: the second distinct value of its type in the document, counted from 1."""
    return f"{rule.placeholder[:-1]}_{number}>" if number <= NUMBERED else rule.placeholder


def writer(rule: EntityRule, keyed: Keyed) -> Callable[[str], str]:
    """What writes in the place of each value, under the modes that look at nothing but the value.

    Raises:
        InputMissing: a mode that needs a key, and there is none.
    """
    if rule.mode == "mask":
        return lambda value: masked(value, rule.shown)
    draw, before = _drawn(rule, keyed), f"{rule.placeholder[:-1]}_"
    if rule.mode == "pseudonym":
        return lambda value: f"{before}{draw(value).hex().translate(LETTERS)}>"
    surrogate = keyed.surrogate
    if surrogate is None:
        raise _no_key(rule)
    return lambda value: surrogate(rule.entity, value, int.from_bytes(draw(value)))


def _drawn(rule: EntityRule, keyed: Keyed) -> Callable[[str], bytes]:
    """What depends on a value and the key alone."""
    key, kind = keyed.key, family(rule.entity)
    if key is None:
        raise _no_key(rule)
    before = f"pseudonym\n{kind}\n"

    def drawn(value: str) -> bytes:
        message = (before + normal(kind, value)).encode("utf-8", "surrogatepass")
        return hmac.digest(key, message, "sha256")[:PSEUDONYM_BYTES]

    return drawn


def _no_key(rule: EntityRule) -> InputMissing:
    return InputMissing(
        f"rule {rule.id} writes a {rule.mode}, and there is no key for it",
        fix="run it in a lake, which makes the key in private/keys; the filter takes --key FILE with 32 bytes",
    )
