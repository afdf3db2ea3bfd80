"""Requests as steps: register, withdraw, erase, close. Art. 11, 14, 15. Whom they concern is found by `finding`."""

import secrets
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pyarrow as pa

from pipeline.errors import GateFailed, InputMissing, UsageError
from pipeline.ledger import log, queries, views
from pipeline.rules import requests as rules
from pipeline.schemas.ledger import KINDS
from pipeline.snapshots import position, publishing, withdrawing
from pipeline.snapshots.withdrawing import Order
from pipeline.steps import roles, runs, tombstones
from pipeline.steps.register import register_table
from pipeline.store import files, parquet
from pipeline.store.lake import Lake, opened

Said = dict[str, object]


def open_request(lake: Lake, kind: str, *, actor: str, received_us: int | None = None) -> Said:
    """Register a request and its due date; nothing in it says whose it is.

    Args:
        lake: the lake.
        kind: a reason of `rules/requests.toml`.
        actor: who registers it.
        received_us: when it came in; now where None.
    """
    roles.require(lake, "open", actor)
    reason, received = rules.reason(kind), received_us or runs.now_us()
    request_id = f"req-{secrets.token_hex(5)}"
    row = {"request_id": request_id, "kind": kind, "received_at_us": received, "due_at_us": received + reason.due_us}
    _append_request(lake, row | {"closed_at_us": None, "outcome": None}, actor, "open")
    return row


def close(lake: Lake, request_id: str, outcome: str, *, actor: str) -> Said:
    """Close a request with what came of it.

    Args:
        lake: the lake.
        request_id: as `open_request` gave it.
        outcome: a few words, without anything personal.
        actor: who closes it.
    """
    row = request(lake, request_id) | {"closed_at_us": runs.now_us(), "outcome": outcome}
    _append_request(lake, row, actor, "close")
    return row


def _append_request(lake: Lake, row: Said, actor: str, event: str) -> None:
    entry = log.Entry(
        kind="subject_requests",
        key=f"{event} {row['request_id']}",
        at_us=runs.now_us(),
        actor=actor,
        stage="requests",
        details={"request_id": row["request_id"]},
    )
    log.append(lake.ledger, entry, pa.Table.from_pylist([row], KINDS["subject_requests"]))


REQUESTS_SQL = """
select request_id, kind, received_at_us, due_at_us, closed_at_us, outcome from rows_subject_requests
qualify row_number() over (partition by request_id order by seq desc, row desc) = 1 order by due_at_us, request_id
"""


def requests(lake: Lake) -> list[Said]:
    """All requests in their last state, the one due first first."""
    return list(_ask(lake, REQUESTS_SQL, {}).to_pylist())


def request(lake: Lake, request_id: str) -> Said:
    """One request in its last state.

    Raises:
        InputMissing: there is none of that id.
    """
    found = [one for one in requests(lake) if one["request_id"] == request_id]
    if not found:
        raise InputMissing(f"no request {request_id}", fix="`provender requests list` shows all")
    return found[0]


def _ask(lake: Lake, sql: str, values: Said) -> pa.Table:
    with views.connect(lake.ledger) as connection:
        return queries.table(connection, sql, values)


# --- withdraw, erase --------------------------------------------------------------------------------------------------


def _order(lake: Lake, request_id: str, actor: str) -> Order:
    reason = rules.reason(str(request(lake, request_id)["kind"]))
    if reason.effect == "none":
        raise UsageError(
            f"a request of kind {reason.name} removes nothing", fix="open one whose kind says why documents leave"
        )
    return Order(request_id=request_id, reason=reason, actor=actor, at_us=runs.now_us())


def withdraw(lake: Lake, request_id: str, doc_ids: Sequence[int], *, actor: str) -> Said:
    """Exclude documents from every released snapshot, at once; how many, by snapshot.

    As the request's reason asks, later runs do not take them in again, nor texts much like them.
    """
    roles.require(lake, "withdraw", actor)
    order = _order(lake, request_id, actor)
    ids = pa.array(sorted(set(doc_ids)), pa.int64())
    tombstones.bury(lake, ids, request_id, order.reason)
    return dict(withdrawing.withdraw(lake, ids, order))


WITHDRAWN_SQL = "select distinct doc_id from rows_withdrawals where request_id = $request order by doc_id"


def erase(lake: Lake, request_id: str, *, actor: str) -> Said:
    """Take what a request withdrew out of every snapshot, the lake and the private index; what was done.

    The source's own files are not the lake's: the sources are named, so that their keeper erases there too.

    Raises:
        UsageError: the request's kind does not erase, or nothing was withdrawn for it.
    """
    roles.require(lake, "erase", actor)
    order = _order(lake, request_id, actor)
    if order.reason.effect != "erase":
        raise UsageError(f"a request of kind {order.reason.name} does not erase", fix="withdrawing is all it asks for")
    ids = _ask(lake, WITHDRAWN_SQL, {"request": request_id}).column("doc_id").combine_chunks()
    if not len(ids):
        raise UsageError(f"nothing was withdrawn for {request_id}", fix="provender requests withdraw REQUEST --doc ID")
    with files.locked(lake.root / ".erase.lock"):  # two at once would write each other's documents back
        tombstones.bury(lake, ids, request_id, order.reason)
        attributions = {run: _credits(lake, run) for run in _runs(lake)}
        replaced = withdrawing.erase(lake, ids, order, attributions=attributions)
        rewritten = rewrite_lake(lake, ids, order)
    sources = sorted({name for batch, name in _batches(lake).items() if batch in {i >> 32 for i in ids.to_pylist()}})
    return {"documents": len(ids), "snapshots": replaced, "files": rewritten, "sources": sources}


def _runs(lake: Lake) -> list[str]:
    return sorted(path.parent.name for path in lake.root.glob("runs/*/plan.json"))


def _credits(lake: Lake, run: str) -> dict[str, str]:
    register = register_table(runs.load(lake, run))
    names = register.column("source_id").to_pylist()
    return dict(zip(names, [one or "" for one in register.column("attribution").to_pylist()], strict=True))


def _batches(lake: Lake) -> dict[int, str]:
    found = _ask(lake, "select batch, source_id from batches", {}).to_pylist()
    return {row["batch"]: row["source_id"] for row in found}


def rewrite_lake(lake: Lake, ids: pa.Array, order: Order) -> int:
    """Write the lake's own files again without the documents, and their index; how many files changed."""
    batches = {f"{one >> 32:08x}.parquet" for one in ids.to_pylist()}
    places = {
        "documents": (lake.root / "documents", parquet.GROUP_ROWS),
        "measures": (lake.root / "measures", parquet.GROUP_ROWS),
        "index": (lake.private / "index", parquet.SOUGHT_ROWS),
    }
    rows: list[Said] = []
    for name, (folder, group_rows) in places.items():
        for path in sorted(p for p in folder.rglob("*.parquet") if p.name in batches):
            changed = withdrawing.rewrite(path, ids, group_rows=group_rows)
            if changed is not None:
                rows.append(_erasure(order, name, *changed))
    digest = sha256(repr([row["object_before_sha256"] for row in rows]).encode()).hexdigest()[:16]
    entry = log.Entry(
        kind="erasures",
        key=f"erase {order.request_id} lake {digest}",
        at_us=order.at_us,
        actor=order.actor,
        stage="requests",
        details={"request_id": order.request_id},
    )
    if rows:
        log.append(lake.ledger, entry, pa.Table.from_pylist(rows, KINDS["erasures"]))
    return len(rows)


def _erasure(order: Order, place: str, n: int, before: str, after: str) -> Said:
    return {
        "request_id": order.request_id,
        "place": place,
        "n_documents": n,
        "object_before_sha256": bytes.fromhex(before),
        "object_after_sha256": bytes.fromhex(after),
        "replaced_by": None,
        "erased_at_us": order.at_us,
    }


def purge(lake: Lake, *, now_us: int | None = None) -> int:
    """Delete replaced objects whose grace time is over; how many."""
    return withdrawing.purge(lake, before_us=(now_us or runs.now_us()) - rules.grace_us())


def purge_lake(lake_root: str) -> int:
    """`purge` for the DAG."""
    return purge(opened(lake_root))


def renew_lake(lake_root: str) -> list[str]:
    """Expire approvals whose time is over, and sign the position of the feed anew; what has expired."""
    lake = opened(lake_root)
    publishing.finish_revocations(lake, at_us=runs.now_us())
    over = publishing.expire(lake, at_us=runs.now_us())
    position.sign(lake, publishing.notary(lake), at_us=runs.now_us())
    return over


def require_none_overdue(lake_root: str, *, now_us: int | None = None) -> int:
    """How many requests are open; none of them is overdue.

    Raises:
        GateFailed: names the overdue ones.
    """
    now = now_us or runs.now_us()
    waiting = [one for one in requests(opened(lake_root)) if one["closed_at_us"] is None]
    late = [str(one["request_id"]) for one in waiting if int(str(one["due_at_us"])) < now]
    if late:
        raise GateFailed(
            f"{len(late)} requests are overdue: {', '.join(late)}", fix="answer and close them; docs/requests.md"
        )
    return len(waiting)


def receipt(lake: Lake, request_id: str, folder: Path) -> Path:
    """Write what a person is told about their request: dates, outcome, counts, and where it can be verified."""
    one = request(lake, request_id)
    counted = _ask(lake, RECEIPT_SQL, {"request": request_id}).to_pylist()[0]
    lines = [f"{name}: {value}" for name, value in (one | counted).items() if value is not None]
    path = folder / f"{request_id}.txt"
    files.write(path, ("\n".join(lines) + "\n").encode())
    return path


RECEIPT_SQL = """
select
    (select count(distinct doc_id) from rows_withdrawals where request_id = $request) as documents_withdrawn,
    (select count(*) from rows_erasures where request_id = $request) as objects_rewritten,
    (select count(*) from rows_subject_lookups where request_id = $request) as times_looked_up,
    (select max(size) from checkpoints) as ledger_size_signed
"""
