"""What another limit of a quality rule would change in a finished run: SQL over stored measures, no text is read."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from pipeline.errors import InputMissing, UsageError
from pipeline.ledger import queries
from pipeline.rules import quality as quality_rules
from pipeline.rules.threshold import Condition, ThresholdRule
from pipeline.steps import runs
from pipeline.steps.runs import Context
from pipeline.store import database

SAMPLE = 10

_DOCUMENTS = """
with m as (
    select doc_id, lang, sources.source_id, {now} as objects_now, {then} as objects_then, {others} as others_object
    from read_parquet($files) measures
    join (select unnest($batches) as batch, unnest($source_ids) as source_id) sources on doc_id >> 32 = batch
)
"""
_COUNTS = (
    _DOCUMENTS
    + """
select
    source_id,
    lang,
    count(*)::bigint as documents,
    count(*) filter (objects_now)::bigint as objects_now,
    count(*) filter (objects_then)::bigint as objects_then,
    count(*) filter (not (objects_now or others_object))::bigint as kept_now,
    count(*) filter (not (objects_then or others_object))::bigint as kept_then
from m
group by source_id, lang
order by source_id, lang
"""
)
_CHANGED = (
    _DOCUMENTS
    + """
select doc_id from m
where objects_now <> objects_then and not others_object
order by hash(doc_id), doc_id
limit $n
"""
)


def whatif(context: Context, rule_id: str, threshold: int) -> dict[str, Any]:
    """Documents that a rule objects to, and that quality keeps, now and with another limit.

    Args:
        context: the run.
        rule_id: of `rules/quality.toml`; a shadow rule is asked as if it decided then.
        threshold: the limit that would stand in place of the rule's one.

    Returns:
        `rule`, `measure`, `limit_now`, `limit_then`; `counts` by source and language; `sample`: at most ten ids of
        documents whose outcome would change, the same ten every time.

    Raises:
        UsageError: no such rule, or it has not exactly one limit.
        InputMissing: the run has no measures of quality.
    """
    rules = quality_rules.rules()
    rule = _named(rules, rule_id)
    is_below = rule.below is not None
    changed = replace(rule, below=threshold if is_below else None, above=None if is_below else threshold)
    others = [one for one in rules if one.id != rule_id and not one.shadow and one.measure is not None]
    files, batches = _measured(context)
    clauses = {
        "now": "false" if rule.shadow else _clause(rule),
        "then": _clause(changed),
        "others": " or ".join(map(_clause, others)) or "false",
    }
    values = {"files": files, "batches": list(batches), "source_ids": list(batches.values())}
    with database.connect() as connection:
        counts = queries.table(connection, _COUNTS.format(**clauses), values)
        sample = queries.table(connection, _CHANGED.format(**clauses), values | {"n": SAMPLE})
    now = rule.below if is_below else rule.above
    return {
        "rule": rule.id, "measure": rule.measure, "limit_now": now, "limit_then": threshold,
        "counts": counts.to_pylist(), "sample": _ids(sample),
    }  # fmt: skip


def _ids(sample: pa.Table) -> list[int]:
    return [int(one) for one in sample.column("doc_id").to_pylist()]


def _named(rules: Sequence[ThresholdRule], rule_id: str) -> ThresholdRule:
    for rule in rules:
        if rule.id == rule_id and (rule.below is None) != (rule.above is None):
            return rule
    raise UsageError(
        f"no quality rule {rule_id} with exactly one limit",
        fix="docs/generated/rules.md lists the rules and their limits",
    )


def _measured(context: Context) -> tuple[list[str], dict[int, str]]:
    """Files of measures, and the source of each batch."""
    batches = runs.batches(context)
    paths = [context.lake.measures(context.plan.run, "quality", batch) for batch in batches]
    files = [str(path) for path in paths if path.is_file()]
    if not files:
        raise InputMissing(
            f"run {context.plan.run} has no measures of quality", fix="name a run whose stage quality has ended"
        )
    return files, batches


def _clause(rule: ThresholdRule) -> str:
    """When the rule objects, as SQL; names and numbers are those of our own rules. Null never objects."""
    limits = [_beyond(rule), *map(_beyond, rule.where)]
    langs = ", ".join(f"'{lang}'" for lang in rule.langs)
    return "(" + " and ".join([*limits, *([f"lang in ({langs})"] if langs else [])]) + ")"


def _beyond(limit: ThresholdRule | Condition) -> str:
    sides = [("<", limit.below), (">", limit.above)]
    either = (f'"{limit.measure}" {sign} {int(value)}' for sign, value in sides if value is not None)
    return f"coalesce({' or '.join(either)}, false)"
