"""What else than a licence may protect a document: its main risk of intellectual property, one record each (Art. 7(2)).

The record is there for `none` too: assessors draw documents and look for it (GB/T 45652 (draft read) 6.2(c)).
"""

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.rules.licences import Circumstances, LicenceRules, RiskRule
from pipeline.schemas import conform
from pipeline.schemas.licences import IP_RISKS
from pipeline.stages.licences.judging import judge


def assess(
    documents: pa.Table,
    expressions: pa.Array,
    is_marked: pa.Array,
    rules: LicenceRules,
    *,
    data_type: str | None = None,
) -> pa.Table:
    """The main risk of each document, by the first rule that applies; the last one applies to all.

    Args:
        documents: `DOCUMENTS`.
        expressions: the SPDX expression that holds for each; null where none does.
        is_marked: whether each bears a marking of secrecy.
        rules: the risk rules in order of precedence, and the classes of licences.
        data_type: of their source, as registered.

    Returns:
        `IP_RISKS`, one row per document in the order given.
    """
    named = {one: _class_of(one, rules) for one in pc.unique(expressions).to_pylist()}
    classes = [named[one] for one in expressions.to_pylist()]
    decided = np.full(documents.num_rows, len(rules.risks) - 1)
    for position in range(len(rules.risks) - 2, -1, -1):
        rule = rules.risks[position]
        if rule.data_types and data_type not in rule.data_types:
            continue
        decided[_applies(rule, documents.column("text"), expressions, classes, is_marked)] = position
    index = pa.array(decided)
    return conform(
        {
            "doc_id": documents.column("doc_id"),
            "ip_class": pa.array([rule.ip_class for rule in rules.risks]).take(index),
            "basis": pa.array([rule.basis for rule in rules.risks]).take(index),
            "rule_id": pa.array([rule.id for rule in rules.risks]).take(index),
            "rule_version": pa.array([rule.version for rule in rules.risks], pa.int32()).take(index),
        },
        IP_RISKS,
    )


def _class_of(expression: str | None, rules: LicenceRules) -> str:
    judged = None if expression is None else judge(expression, rules, Circumstances(use="pretrain", origin="CN"))
    return "" if judged is None else judged.decider.name


def _applies(
    rule: RiskRule, text: pa.ChunkedArray, expressions: pa.Array, classes: Sequence[str], is_marked: pa.Array
) -> np.ndarray:
    if rule.is_marked:
        return np.asarray(is_marked.to_numpy(zero_copy_only=False), dtype=bool)
    if rule.pattern:
        counts = pc.count_substring_regex(text, rule.pattern)
        return np.asarray(pc.greater_equal(counts, rule.at_least).to_numpy(zero_copy_only=False), dtype=bool)
    if rule.licences:
        wanted = re.compile(rule.licences)
        return np.array([bool(wanted.search(one or "")) for one in expressions.to_pylist()], dtype=bool)
    return np.array([bool(name) and (not rule.classes or name in rule.classes) for name in classes], dtype=bool)
