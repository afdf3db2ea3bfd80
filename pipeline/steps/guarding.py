"""The guard rail: a rule that removes much of a source stops the gate until a person answers for it."""

import pyarrow as pa

from pipeline.errors import GateFailed, UsageError
from pipeline.ledger import log, queries, views
from pipeline.ledger.log import Entry
from pipeline.rules import quality as quality_rules
from pipeline.schemas.ledger import KINDS
from pipeline.steps import runs
from pipeline.steps.runs import Context

ALARMS_SQL = """
with d as (
    select decisions.stage, batches.source_id, decisions.rule_id, decisions.outcome
    from decisions join batches using (batch)
    where decisions.run = $run and list_contains($stages, decisions.stage)
),
seen as (select stage, source_id, count(*)::bigint as n_documents from d group by stage, source_id),
removed as (
    select stage, source_id, rule_id, count(*)::bigint as n_removed
    from d where outcome in ('drop', 'quarantine') group by stage, source_id, rule_id
)
select stage, source_id, rule_id, n_documents, n_removed
from removed join seen using (stage, source_id)
where n_documents >= $least and n_removed * 1000000 > n_documents * $share
order by stage, source_id, rule_id
"""
ANSWERED_SQL = "select stage, source_id, rule_id from acknowledgements where run = $run"


def alarms(context: Context) -> pa.Table:
    """Rules that removed more of a source than the guard allows: stage, source_id, rule_id, n_documents, n_removed."""
    guard = quality_rules.guard()
    values = {"stages": list(guard.stages), "least": guard.least_documents, "share": guard.share_ppm}
    with views.connect(context.lake.ledger) as connection:
        return queries.table(connection, ALARMS_SQL, {"run": context.plan.run} | values)


def unanswered(context: Context) -> list[dict[str, object]]:
    """The alarms of the run for which nobody answers."""
    with views.connect(context.lake.ledger) as connection:
        answered = queries.table(connection, ANSWERED_SQL, {"run": context.plan.run}).to_pylist()
    known = {(row["stage"], row["source_id"], row["rule_id"]) for row in answered}
    found: list[dict[str, object]] = alarms(context).to_pylist()
    return [row for row in found if (row["stage"], row["source_id"], row["rule_id"]) not in known]


def require(context: Context) -> None:
    """Stop while an alarm of the run has no answer.

    Raises:
        GateFailed: names source, rule and counts of each.
    """
    open_ones = unanswered(context)
    if open_ones:
        named = "; ".join(
            f"{one['rule_id']} removed {one['n_removed']} of {one['n_documents']} documents of {one['source_id']}"
            for one in open_ones
        )
        raise GateFailed(
            f"guard rail {quality_rules.guard().id}: {named}",
            fix="look at them (`provender quality whatif`, `provender explain`); if it is right, answer for it: "
            f"provender quality acknowledge --run {context.plan.run} --source SOURCE --rule RULE --as YOU --reason WHY",
        )


def acknowledge(context: Context, *, source_id: str, rule_id: str, actor: str, reason: str) -> int:
    """Append that `actor` answers for what a rule removed of a source; how many alarms that answers.

    Raises:
        UsageError: there is no such alarm, or no reason is given.
    """
    if not reason.strip():
        raise UsageError("an acknowledgement needs a reason", fix="say why it is right: --reason '...'")
    found = [row for row in alarms(context).to_pylist() if (row["source_id"], row["rule_id"]) == (source_id, rule_id)]
    if not found:
        raise UsageError(
            f"run {context.plan.run} has no alarm of {rule_id} on {source_id}",
            fix="the gate after diversity names the alarms of a run",
        )
    for row in found:
        _append(context, row, actor, reason)
    return len(found)


def _append(context: Context, row: dict[str, object], actor: str, reason: str) -> None:
    run, kind = context.plan.run, "acknowledgements"
    entry = Entry(
        kind=kind,
        key=f"{run}/{kind}/{row['stage']}/{row['source_id']}/{row['rule_id']}",
        at_us=runs.now_us(),
        actor=actor,
        run=run,
        stage=str(row["stage"]),
        code=context.plan.code,
    )
    rows = pa.Table.from_pylist([row | {"run": run, "reason": reason}], schema=KINDS[kind])
    log.append(context.lake.ledger, entry, rows)
