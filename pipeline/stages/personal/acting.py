"""What the rule of a type makes of one finding."""

from pipeline.errors import RuleMalformed
from pipeline.rules.personal import EntityRule

TREATMENTS = {
    "placeholder": "anonymised",
    "drop_span": "removed",
    "mask": "masked",
    "pseudonym": "pseudonymised",
    "surrogate": "surrogate",
}
"""What each mode makes of a value. Only what is anonymised or removed is personal information no more: a mask may leave
a part, and whoever has the key leads a pseudonym or surrogate back."""


def acts(rule: EntityRule | None, score_ppm: int) -> bool:
    """Whether a finding of that score changes the document's outcome.

    Raises:
        RuleMalformed: there is no rule for the type of the finding.
    """
    if rule is None:
        raise RuleMalformed("a finding has a type without a rule", fix="add a rule for each type to personal.toml")
    return rule.action in ("redact", "quarantine", "drop") and score_ppm >= rule.threshold_ppm


def treatment(rule: EntityRule, score_ppm: int, outcome: str = "redact") -> str:
    """What was done with a finding: one of `TREATMENTS`, `reported`, `kept/` and the legal basis, or `dropped`.

    Args:
        rule: of its type.
        score_ppm: of the finding.
        outcome: of its document; one that does not go on takes all its findings with it.
    """
    if outcome in ("drop", "quarantine"):
        return {"drop": "dropped", "quarantine": "quarantined"}[outcome]
    if rule.basis:
        return f"kept/{rule.basis}"
    return TREATMENTS[rule.mode] if acts(rule, score_ppm) else "reported"
