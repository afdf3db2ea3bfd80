"""Snapshots as steps: freeze a run's documents, check them, publish what two people approved."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

import pyarrow as pa

from pipeline.errors import GateFailed, InputMissing, NotApproved
from pipeline.ledger import keys as signing
from pipeline.ledger import views, witnessing
from pipeline.snapshots import approving, freezing, publishing, rebuilding, witnessed
from pipeline.steps import checking, gates, licensing, mixture, roles, runs
from pipeline.steps.register import register_table, source_decisions
from pipeline.steps.runs import Context
from pipeline.store.lake import Lake


def freeze(lake_root: str, run: str, name: str, use: str, actor: str) -> dict[str, str]:
    """Freeze the documents that every stage of a run let through.

    Raises:
        GateFailed: the run has not passed its last gate, or decided for another use.
    """
    lake = Lake(Path(lake_root).resolve())
    roles.require(lake, "freeze", actor)
    context = runs.load(lake, run or runs.latest(lake))
    if use != context.plan.use:
        raise GateFailed(
            f"run {context.plan.run} decided for {context.plan.use}, not for {use}",
            fix=f"freeze it for {context.plan.use}, or run with --use {use}",
        )
    frozen = freezing.freeze(
        lake,
        name=name,
        run=context.plan.run,
        use=use,
        **_material(context),
        at_us=runs.now_us(),
        actor=actor,
        place=context.plan.place,
        is_commercial=context.plan.is_commercial,
    )
    return {"snapshot_id": frozen.snapshot_id, "manifest_sha256": frozen.manifest_sha256}


class Material(TypedDict):
    """What a run hands to a snapshot."""

    documents: list[Path]
    licences: Mapping[str, str]
    own_licences: pa.Table | None
    weights: pa.Table
    attributions: Mapping[str, str]


def _material(context: Context) -> Material:
    """The documents that every stage let through, with licences and credits.

    Raises:
        GateFailed: the run has not passed its last gate.
    """
    lake, batches = context.lake, runs.batches(context)
    paths = [lake.documents(context.plan.run, "diversity", batch) for batch in batches]
    missing = [p for p in paths if not p.is_file()]
    if missing or not paths:
        raise GateFailed(
            f"run {context.plan.run} is not finished: {len(missing)} batches lack the last stage",
            fix="run it again to the end, then freeze",
        )
    register = register_table(context)
    ids = register.column("source_id").to_pylist()
    return {
        "documents": paths,
        "licences": _licences(context),
        "own_licences": licensing.own(context),
        "weights": mixture.sampling(context),
        "attributions": dict(zip(ids, [a or "" for a in register.column("attribution").to_pylist()], strict=True)),
    }


def rebuild(lake_root: str, snapshot_id: str) -> dict[str, int]:
    """Make a snapshot again from its run and compare every byte.

    Raises:
        EvidenceBroken: names the files that come out differently.
    """
    lake = Lake(Path(lake_root).resolve())
    frozen = freezing.find(lake, snapshot_id)
    return {"files": rebuilding.rebuild(lake, frozen, **_material(runs.load(lake, frozen.run)))}


def _licences(context: Context) -> Mapping[str, str]:
    decisions = source_decisions(context, "licences")
    return dict(zip(decisions.column("source_id").to_pylist(), decisions.column("detail").to_pylist(), strict=True))


def check(lake_root: str, snapshot_id: str) -> dict[str, int]:
    """Gate before approval; the outcome is an entry either way.

    Raises:
        GateFailed: names the expectations that are not met; the snapshot cannot be approved.
    """
    lake = Lake(Path(lake_root).resolve())
    frozen = freezing.find(lake, snapshot_id)
    context = runs.load(lake, frozen.run)
    shares = mixture.recorded(context, frozen)
    try:
        counts = gates.gate(context, "members", checking.members(context, frozen, shares), subject=snapshot_id)
    except GateFailed:
        publishing.mark_checked(lake, snapshot_id, at_us=runs.now_us(), is_success=False)
        raise
    publishing.mark_checked(lake, snapshot_id, at_us=runs.now_us(), is_success=True)
    return counts


def publish(lake_root: str, snapshot_id: str) -> dict[str, str]:
    """Publish what is frozen, checked and approved by two people, sign a checkpoint over it, and ask its witnesses.

    Raises:
        NotApproved: an approval or the check is missing.
    """
    lake = Lake(Path(lake_root).resolve())
    publishing.publish(lake, snapshot_id, at_us=runs.now_us())
    witnessing.ask(lake.ledger)
    witnessed.write(lake)
    views.write(lake.ledger)
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
        NotAllowed: roles.toml lets others approve.
        InputMissing: this server keeps no key of that person.
    """
    if not actor:
        raise NotApproved(f"nobody answered for {snapshot_id} as {role}", fix="run the DAG again and answer in time")
    lake = Lake(Path(lake_root).resolve())
    roles.require(lake, "approve", actor)
    key = signing.private_path(lake.private / "keys", actor)
    if not key.is_file():
        raise InputMissing(
            f"this server keeps no key of {actor}",
            fix=f"provender keys make {actor} --role {role} --lake LAKE; or approve with a key of your own",
        )
    return approving.approve(
        lake, snapshot_id, actor=actor, role=role, key=key, at_us=runs.now_us(), decision=decision, reason=reason
    )
