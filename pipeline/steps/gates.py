"""Gates: aggregates from the ledger's views, checked against `expectations/`, results appended."""

from dataclasses import asdict
from pathlib import Path

import pyarrow as pa

from pipeline import checks
from pipeline.errors import GateFailed
from pipeline.ledger import queries, views, witnessing
from pipeline.schemas import STAGES
from pipeline.steps import lineage
from pipeline.steps.finishing import append_rows
from pipeline.steps.runs import Context

DOCUMENTS_SQL = """
with d as (select batch, doc_id, outcome, lang, content_hmac from decisions where stage = 'documents' and run = $run),
licensed as (
    select doc_id, count(*) n from decisions
    where stage = 'licences' and outcome = 'keep' and run = $run group by doc_id
),
expired as (
    select r.source_id from rows_licence_evidence r join entries e using (seq)
    where e.run = $run and r.verdict = 'keep' and r.expires_at_us < r.verified_at_us
),
twice as (select batch, count(*) n from (select batch, doc_id from d group by all having count(*) > 1) group by batch)
select
    b.source_id,
    count(distinct d.doc_id)::bigint n_documents,
    count(d.outcome)::bigint n_decided,
    coalesce(max(twice.n), 0)::bigint n_decided_twice,
    count(*) filter (d.outcome = 'keep')::bigint n_kept,
    count(*) filter (d.outcome = 'keep' and d.lang is null)::bigint n_without_lang,
    count(*) filter (d.outcome = 'keep' and d.content_hmac is null)::bigint n_without_hmac,
    count(*) filter (licensed.n is null)::bigint n_unlicensed,
    count(*) filter (b.source_id in (select source_id from expired))::bigint n_of_expired_source
from d join batches b using (batch) left join licensed using (doc_id) left join twice using (batch)
group by b.source_id order by b.source_id
"""

DECISIONS_SQL = """
select
    stage,
    count(distinct doc_id)::bigint n_in,
    count(*)::bigint n_decided,
    count(*) filter (outcome in ('keep', 'redact'))::bigint n_out,
    count(*) filter ((rule_id, rule_version) not in (select rule_id, rule_version from rules))::bigint n_unknown_rule
from decisions where run = $run group by stage
"""


def check_documents(context: Context) -> dict[str, int]:
    """Gate after documents.

    Raises:
        GateFailed: names the expectations that are not met.
    """
    return gate(context, "documents", ask(context, DOCUMENTS_SQL))


def check_decisions(context: Context) -> dict[str, int]:
    """Gate after diversity: every stage decided every document that the stage before it let through.

    A run that passes has ended, so its events for lineage tools are appended.

    Raises:
        GateFailed: names the expectations that are not met.
    """
    rows = {row["stage"]: row for row in ask(context, DECISIONS_SQL).to_pylist()}
    ordered = [rows[stage] for stage in STAGES if stage in rows]
    documents = STAGES.index("documents")
    for position, row in enumerate(ordered):
        before = ordered[position - 1]
        row["n_expected_in"] = before["n_out"] if position > documents else row["n_in"]
    found = gate(context, "decisions", pa.Table.from_pylist(ordered))
    lineage.append(context)
    return found


def gate(context: Context, name: str, table: pa.Table, *, subject: str = "") -> dict[str, int]:
    """Run one suite, append its results to the ledger, and stop when one fails.

    Args:
        context: the run.
        name: suite of `expectations/`.
        table: the aggregates that the suite describes.
        subject: what is checked when a run is checked more than once (a snapshot id).

    Raises:
        GateFailed: after the results are in the ledger.
    """
    results = checks.run(name, table, docs=context.lake.checks / context.plan.run / (subject or name))
    append_rows(context, "expectation_results", results, stage=name, name=subject or _pattern(results))
    checks.require(results)
    return {"expectations": results.num_rows, "failed": 0}


def check_exposure(ledger: Path, *, now_us: int) -> dict[str, int]:
    """Whether outsiders stand for the log up to what `expectations/exposure.json` leaves open.

    Nothing is appended: each result would be one more entry that nobody stands for.

    Raises:
        GateFailed: names what is open for too long, or that nobody is asked.
    """
    found = pa.Table.from_pylist([asdict(witnessing.exposure(ledger, now_us=now_us))])
    results = checks.run("exposure", found)
    failed = [f"{row['column']} {row['observed']}" for row in results.to_pylist() if not row["is_success"]]
    if failed:
        raise GateFailed(
            f"gate exposure: {len(failed)} of {results.num_rows} expectations failed: {'; '.join(failed)}",
            fix="provender notary signs and asks the witnesses; provender keys policy says who they are",
        )
    return {"expectations": results.num_rows, "failed": 0}


def _pattern(results: pa.Table) -> str:
    """A name for these results, so that a gate that was repeated with other results is another entry."""
    return "".join("1" if ok else "0" for ok in results.column("is_success").to_pylist())


def ask(context: Context, sql: str) -> pa.Table:
    """The answer of the ledger's views, for this run ($run)."""
    with views.connect(context.lake.ledger) as connection:
        return queries.table(connection, sql, {"run": context.plan.run})
