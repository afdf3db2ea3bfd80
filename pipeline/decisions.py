"""What every stage does with decisions: from measures and threshold rules to one row per document, and on.

Nothing here reads text. `rules` stand in order: the first that objects decides, the last keeps.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import schemas
from pipeline.errors import RuleMalformed
from pipeline.rules.threshold import Condition, ThresholdRule

INT32_MAX = np.iinfo(np.int32).max


def by_thresholds(measures: pa.Table, rules: Sequence[ThresholdRule]) -> pa.Table:
    """Decide each document by the first rule that objects, or by the last rule, which keeps.

    A null statistic never objects: a rule that cannot be evaluated is not a reason to drop.

    Args:
        measures: `doc_id`, the columns the rules name, and `lang` when a rule names languages.
        rules: in order of precedence; the last has no measure and `outcome = "keep"`.

    Returns:
        `DECISIONS`, one row per document in the order of `measures`.

    Raises:
        RuleMalformed: no default rule, or a rule names a statistic that was not measured.
    """
    if not rules or rules[-1].measure is not None or rules[-1].outcome != "keep":
        raise RuleMalformed("the last rule must keep and name no measure", fix="add the default rule at the end")
    decided = np.full(measures.num_rows, len(rules) - 1)
    for position in range(len(rules) - 2, -1, -1):
        if not rules[position].shadow:
            decided[objects(measures, rules[position])] = position
    return _table(measures, rules, decided)


def objects(measures: pa.Table, rule: ThresholdRule) -> np.ndarray:
    """Boolean mask of the documents that `rule` objects to, in the order of `measures`."""
    against = _beyond(measures, rule, rule.id)
    for condition in rule.where:
        against &= _beyond(measures, condition, rule.id)
    if rule.langs:
        against &= _mask(pc.is_in(measures.column("lang").combine_chunks(), pa.array(rule.langs)))
    return against


def _beyond(measures: pa.Table, limit: ThresholdRule | Condition, rule_id: str) -> np.ndarray:
    """Where the statistic is below or above its limit; null is neither."""
    if limit.measure not in measures.column_names:
        raise RuleMalformed(
            f"rule {rule_id} names {limit.measure}, which the stage does not measure",
            fix="correct `measure`; docs/generated/schemas.md lists the statistics of each stage",
        )
    values = measures.column(limit.measure).combine_chunks()
    found = np.zeros(measures.num_rows, dtype=bool)
    if limit.below is not None:
        found |= _mask(pc.less(values, limit.below))
    if limit.above is not None:
        found |= _mask(pc.greater(values, limit.above))
    return found


def _mask(values: pa.Array) -> np.ndarray:
    return np.asarray(values.fill_null(False).to_numpy(zero_copy_only=False), dtype=bool)  # noqa: FBT003


def _table(measures: pa.Table, rules: Sequence[ThresholdRule], decided: np.ndarray) -> pa.Table:
    index = pa.array(decided)
    return schemas.conform(
        {
            "doc_id": measures.column("doc_id"),
            "outcome": pa.array([r.outcome for r in rules]).take(index),
            "rule_id": pa.array([r.id for r in rules]).take(index),
            "rule_version": pa.array([r.version for r in rules], pa.int32()).take(index),
            "score_ppm": _scores(measures, rules, decided),
        },
        schemas.DECISIONS,
    )


def _scores(measures: pa.Table, rules: Sequence[ThresholdRule], decided: np.ndarray) -> pa.Array:
    scores = np.zeros(measures.num_rows, dtype=np.int64)
    known = np.zeros(measures.num_rows, dtype=bool)
    for position in np.unique(decided):
        name = rules[position].measure
        if name is not None:
            rows = decided == position
            scores[rows] = measures.column(name).combine_chunks().fill_null(0).to_numpy()[rows]
            known[rows] = True
    return pa.array(np.clip(scores, -INT32_MAX, INT32_MAX).astype(np.int32), mask=~known)


def kept(documents: pa.Table, decisions: pa.Table) -> pa.Table:
    """The documents whose decision is `keep` or `redact`, in their order.

    Raises:
        RuleMalformed: a document without exactly one decision (both tables ascend by `doc_id`).
    """
    if not documents.column("doc_id").equals(decisions.column("doc_id")):
        raise RuleMalformed(
            "documents and decisions do not name the same documents in the same order",
            fix="report this: a stage must decide every document exactly once",
        )
    goes_on = pc.is_in(decisions.column("outcome"), pa.array(["keep", "redact"]))
    return documents.filter(goes_on)
