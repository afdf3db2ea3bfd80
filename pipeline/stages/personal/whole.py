"""Whether a document goes as a whole, by what is found in it and how densely."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.rules.personal import EntityRule
from pipeline.rules.personal_documents import DocumentRule
from pipeline.stages.personal.acting import acts

PPM = 1_000_000
INT32_MAX = 2**31 - 1


def stopped_by(
    found: Sequence[Mapping[str, Any]],
    n_chars: int | None,
    known: Mapping[str, EntityRule],
    rules: Sequence[DocumentRule],
) -> tuple[DocumentRule, int] | None:
    """The first rule that stops the document, and its statistic.

    The statistic is counted findings in a million characters where the rule asks for a density, else their number.

    Args:
        found: findings of the document.
        n_chars: of its text; without them no density is reached.
        known: rules of the types.
        rules: in order of precedence.
    """
    kinds = {one["type"] for one in found}
    for rule in rules:
        counted = [one for one in found if _counts(rule, one, known[one["type"]])]
        n = len({one["type"] for one in counted}) if rule.is_distinct else len(counted)
        density = n * PPM // n_chars if n_chars else 0
        is_beside = not rule.beside or not kinds.isdisjoint(rule.beside)
        if n >= rule.at_least and density >= rule.per_1000_chars * 1000 and is_beside:
            return rule, min(density if rule.per_1000_chars else n, INT32_MAX)
    return None


def _counts(rule: DocumentRule, one: Mapping[str, Any], of: EntityRule) -> bool:
    return (
        (one["is_minor"] or not rule.is_minor)
        and (not rule.is_acted or acts(of, one["score_ppm"]))
        and (not rule.groups or of.sensitive in rule.groups)
        and (not rule.classes or of.cls in rule.classes)
        and (not rule.entities or of.entity in rule.entities)
    )
