"""Snapshots as steps: freeze a run's documents, check them, publish what two people approved."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import GateFailed, InputMissing, NotApproved
from pipeline.ledger import keys as signing
from pipeline.ledger import queries, views
from pipeline.models.personal import finder
from pipeline.rules import personal as personal_rules
from pipeline.schemas import DOCUMENTS
from pipeline.snapshots import approving, freezing, publishing
from pipeline.snapshots.states import Frozen
from pipeline.stages import personal as personal_stage
from pipeline.steps import gates, runs
from pipeline.steps.register import register_table, source_decisions
from pipeline.steps.runs import Context
from pipeline.store import parquet
from pipeline.store.lake import Lake

SAMPLE = 200
"""Documents of a snapshot that are scanned again for personal information before approval."""


def freeze(lake_root: str, run: str, name: str, use: str, actor: str) -> dict[str, str]:
    """Freeze the documents that every stage of a run let through.

    Raises:
        GateFailed: the run has not passed its last gate.
    """
    lake = Lake(Path(lake_root).resolve())
    context = runs.load(lake, run or runs.latest(lake))
    batches = runs.batches(context)
    paths = [lake.documents(context.plan.run, "diversity", batch) for batch in batches]
    missing = [p for p in paths if not p.is_file()]
    if missing or not paths:
        raise GateFailed(
            f"run {context.plan.run} is not finished: {len(missing)} batches lack the last stage",
            fix="run it again to the end, then freeze",
        )
    register = register_table(context)
    ids = register.column("source_id").to_pylist()
    frozen = freezing.freeze(
        lake,
        name=name,
        run=context.plan.run,
        use=use,
        documents=paths,
        licences=_licences(context),
        attributions=dict(zip(ids, [a or "" for a in register.column("attribution").to_pylist()], strict=True)),
        at_us=runs.now_us(),
        actor=actor,
    )
    return {"snapshot_id": frozen.snapshot_id, "manifest_sha256": frozen.manifest_sha256}


def _licences(context: Context) -> Mapping[str, str]:
    decisions = source_decisions(context, "licences")
    return dict(zip(decisions.column("source_id").to_pylist(), decisions.column("detail").to_pylist(), strict=True))


MEMBERS_SQL = """
with m as (select doc_id from snapshot_docs where snapshot_id = $snapshot),
stopped as (select distinct doc_id from decisions where outcome in ('drop', 'quarantine') and run = $run)
select
    count(*)::bigint n_members,
    count(*) filter (doc_id not in (
        select doc_id from decisions where stage = 'licences' and outcome = 'keep' and run = $run))::bigint
        n_without_licence,
    count(*) filter (doc_id in (select doc_id from stopped))::bigint n_dropped
from m
"""


def check(lake_root: str, snapshot_id: str) -> dict[str, int]:
    """Gate before approval; the outcome is an entry either way.

    Raises:
        GateFailed: names the expectations that are not met; the snapshot cannot be approved.
    """
    lake = Lake(Path(lake_root).resolve())
    frozen = freezing.find(lake, snapshot_id)
    context = runs.load(lake, frozen.run)
    try:
        counts = gates.gate(context, "members", _members(context, frozen), subject=snapshot_id)
    except GateFailed:
        publishing.mark_checked(lake, snapshot_id, at_us=runs.now_us(), is_success=False)
        raise
    publishing.mark_checked(lake, snapshot_id, at_us=runs.now_us(), is_success=True)
    return counts


def _members(context: Context, frozen: Frozen) -> pa.Table:
    with views.connect(context.lake.ledger) as connection:
        parameters = {"snapshot": frozen.snapshot_id, "run": context.plan.run}
        row = queries.table(connection, MEMBERS_SQL, parameters).to_pylist()[0]
    shards = sorted((frozen.folder / "data").glob("*.parquet"))
    texts = pa.concat_tables([parquet.read(s).select(["doc_id", "text", "lang"]) for s in shards])
    row["n_documents"] = texts.num_rows
    row["n_exact_duplicates"] = texts.num_rows - pc.count_distinct(texts.column("text")).as_py()
    row["n_residual_sampled"], row["n_residual_personal"] = _rescan(texts)
    return pa.Table.from_pylist([row])


def _rescan(texts: pa.Table) -> tuple[int, int]:
    """(documents scanned again, those in which something would still be redacted): every k-th document."""
    step = max(1, texts.num_rows // SAMPLE)
    sample = texts.take(pa.array(range(0, texts.num_rows, step)))
    columns = {name: sample.column(name) for name in ("doc_id", "text", "lang")}
    rows = pa.table({f.name: columns.get(f.name, pa.nulls(sample.num_rows, f.type)) for f in DOCUMENTS})
    findings = personal_stage.measure(rows, find=finder(), names="never")
    decisions = personal_stage.decide(rows, findings, personal_rules.rules())
    return sample.num_rows, decisions.column("outcome").to_pylist().count("redact")


def publish(lake_root: str, snapshot_id: str) -> dict[str, str]:
    """Publish what is frozen, checked and approved by two people, and sign a checkpoint over it.

    Raises:
        NotApproved: an approval or the check is missing.
    """
    lake = Lake(Path(lake_root).resolve())
    publishing.publish(lake, snapshot_id, at_us=runs.now_us())
    return {"snapshot_id": snapshot_id, "state": "approved"}


def approvals(lake_root: str, snapshot_id: str) -> int:
    """How many people have approved, each in a role of their own.

    Raises:
        NotApproved: somebody has rejected the snapshot.
    """
    return publishing.approvals(Lake(Path(lake_root).resolve()), snapshot_id)


def answer(lake_root: str, snapshot_id: str, *, role: str, actor: str, decision: str, reason: str) -> int:
    """Sign and append what a person answered in Airflow, with the key that this server keeps for them.

    Whoever holds the server holds that key: people who must not trust it approve with keys of their own.

    Args:
        lake_root: the lake folder.
        snapshot_id: `NAME@VERSION`.
        role: data-owner or compliance.
        actor: the person whom Airflow authenticated.
        decision: approve or reject.
        reason: needed to reject.

    Returns:
        The number of the ledger's entry.

    Raises:
        NotApproved: nobody answered in time, or the ledger knows no key of that person in that role.
        InputMissing: this server keeps no key of that person.
    """
    if not actor:
        raise NotApproved(f"nobody answered for {snapshot_id} as {role}", fix="run the DAG again and answer in time")
    lake = Lake(Path(lake_root).resolve())
    key = signing.private_path(lake.private / "keys", actor)
    if not key.is_file():
        raise InputMissing(
            f"this server keeps no key of {actor}",
            fix=f"provender keys make {actor} --role {role} --lake LAKE; or approve with a key of your own",
        )
    return approving.approve(
        lake, snapshot_id, actor=actor, role=role, key=key, at_us=runs.now_us(), decision=decision, reason=reason
    )
