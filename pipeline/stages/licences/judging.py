"""From an SPDX expression to a verdict and the duties that come with it."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.kernels.expressions import AND, OR, LicenseWithExceptionSymbol, parse
from pipeline.rules.licences import Circumstances, LicenceClass, LicenceRules, Verdict, fits

STRICTNESS: tuple[Verdict, ...] = ("allow", "conditional", "unknown", "deny")


@dataclass(frozen=True, slots=True)
class Judgement:
    """The class that decides an expression, and what the branches that are used ask for together."""

    decider: LicenceClass
    verdict: Verdict
    duties: tuple[str, ...]


def judge(expression: str, rules: LicenceRules, of: Circumstances) -> Judgement | None:
    """What decides an SPDX expression, or None when a part that matters is in no class.

    `A OR B` may be used under the better of the two, `A AND B` only under the stricter, with the duties of both. An
    exception (`WITH`) that the rules know widens what its licence allows, so the licence decides.
    """
    return _judge(parse(expression), rules, of)


def _judge(parsed: object, rules: LicenceRules, of: Circumstances) -> Judgement | None:
    if isinstance(parsed, OR):
        known = [one for part in parsed.args if (one := _judge(part, rules, of)) is not None]
        return min(known, key=_strictness, default=None)
    if isinstance(parsed, AND):
        parts = [part for part in parsed.args if not rules.is_clue(str(part.render()))]
        return _strictest([_judge(part, rules, of) for part in parts])
    if isinstance(parsed, LicenseWithExceptionSymbol):
        if not fits(str(parsed.exception_symbol.key), rules.exceptions):
            return None
        parsed = parsed.license_symbol
    found = rules.class_of(str(getattr(parsed, "key", "")))
    return None if found is None else Judgement(found, found.verdict(of), found.duties)


def _strictest(judged: Sequence[Judgement | None]) -> Judgement | None:
    """The strictest operand; None when one is in no class, unless another denies anyway."""
    known = [one for one in judged if one is not None]
    found = max(known, key=_strictness, default=None)
    if found is None or (len(known) < len(judged) and found.verdict != "deny"):
        return None
    duties = dict.fromkeys(duty for one in known for duty in one.duties)
    return Judgement(found.decider, found.verdict, tuple(duties))


def _strictness(of: Judgement) -> tuple[int, int]:
    return STRICTNESS.index(of.verdict), len(of.duties)
