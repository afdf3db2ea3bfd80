"""Withdraw and erase documents of released snapshots. A withdrawal counts at once; an erasure leaves no byte behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.ledger import log
from pipeline.rules.requests import Reason
from pipeline.schemas.ledger import KINDS
from pipeline.snapshots import amending, approving, feed, freezing, layout, position, publishing, states, trust
from pipeline.snapshots.states import Frozen
from pipeline.store import files, parquet
from pipeline.store.lake import Lake


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """Who withdraws documents, why, and at whose request."""

    request_id: str
    reason: Reason
    actor: str
    at_us: int


def withdraw(lake: Lake, doc_ids: pa.Array, order: Order) -> dict[str, int]:
    """Exclude documents from every snapshot that holds them; the number of them by snapshot id.

    From now on readers and pulls leave them out. Doing it again for the same request changes nothing.

    Args:
        lake: the lake.
        doc_ids: int64, any order.
        order: the request.
    """
    n = len(doc_ids)
    columns = {
        "doc_id": doc_ids,
        "reason": pa.repeat(pa.scalar(order.reason.id), n),
        "request_id": pa.repeat(pa.scalar(order.request_id), n),
        "withdrawn_at_us": pa.repeat(pa.scalar(order.at_us, pa.int64()), n),
    }
    entry = _entry("withdrawals", order, f"withdraw {order.request_id} {_named(doc_ids)}")
    log.append(lake.ledger, entry, pa.table(columns, schema=KINDS["withdrawals"]))
    held = {one.snapshot_id: amending.holding(one, doc_ids).column("doc_id").to_pylist() for one in _released(lake)}
    concerned = {name: ids for name, ids in held.items() if ids}
    if concerned:
        _tell(lake, order, concerned, {})
    return {name: len(ids) for name, ids in concerned.items()}


def _named(doc_ids: pa.Array) -> str:
    return sha256(",".join(str(one) for one in sorted(doc_ids.to_pylist())).encode()).hexdigest()[:16]


def _entry(kind: str, order: Order, key: str) -> log.Entry:
    details = {"request_id": order.request_id, "reason": order.reason.id}
    return log.Entry(kind=kind, key=key, at_us=order.at_us, actor=order.actor, stage="snapshots", details=details)


def _released(lake: Lake) -> list[Frozen]:
    return [one for one in freezing.everything(lake) if states.state(lake.ledger, one.snapshot_id) != states.REVOKED]


def _tell(lake: Lake, order: Order, documents: Mapping[str, Sequence[int]], replaced_by: Mapping[str, str]) -> None:
    """Sign a notice unless the feed has it already: who was killed here comes again."""
    key, known = publishing.notary(lake), trust.notaries(trust.of_ledger(lake.ledger))
    said = {name: sorted(str(one) for one in ids) for name, ids in documents.items()}
    told = [
        one
        for one in feed.read(lake.snapshots, *(one.vkey for one in known))
        if one.reason == order.reason.id
        and {name: sorted(ids) for name, ids in one.documents.items()} == said
        and dict(one.replaced_by) == dict(replaced_by)
    ]
    if told:
        position.sign(lake, key, at_us=order.at_us)
        return
    feed.publish(
        lake.snapshots,
        key,
        at_us=order.at_us,
        reason=order.reason.id,
        severity=order.reason.severity,
        documents=documents,
        replaced_by=replaced_by,
        older=[one.vkey for one in known[:-1]],
    )
    position.sign(lake, key, at_us=order.at_us)


def erase(
    lake: Lake, doc_ids: pa.Array, order: Order, *, attributions: Mapping[str, Mapping[str, str]]
) -> dict[str, str]:
    """Freeze every snapshot that holds the documents again without them, and revoke the old one.

    Nobody can pull the old version from now on; its objects go with `purge` after the grace time. The new version
    has to be checked and approved like every other.

    Args:
        lake: the lake.
        doc_ids: int64.
        order: the request.
        attributions: by run, the credit line by source.

    Returns:
        The new snapshot id by the old one; empty where nothing was left to freeze.
    """
    with files.locked(layout.lock(lake.snapshots)):
        return _erase(lake, doc_ids, order, attributions)


def _erase(
    lake: Lake, doc_ids: pa.Array, order: Order, attributions: Mapping[str, Mapping[str, str]]
) -> dict[str, str]:
    replaced: dict[str, str] = {}
    publishing.finish_revocations(lake, at_us=order.at_us)
    for old in _released(lake):
        members = amending.holding(old, doc_ids)
        if not members.num_rows:
            continue
        new = amending.amend(
            lake, old, doc_ids, attributions=attributions.get(old.run, {}), at_us=order.at_us, actor=order.actor
        )
        replaced[old.snapshot_id] = new.snapshot_id if new else ""
        _record(lake, old, new, members, order)
        _tell(
            lake,
            order,
            {old.snapshot_id: members.column("doc_id").to_pylist()},
            {old.snapshot_id: new.snapshot_id} if new else {},
        )
        reason = f"{order.reason.id} {order.request_id}"
        publishing.withdraw(lake, old.snapshot_id, actor=order.actor, at_us=order.at_us, reason=reason)
    return replaced


def _record(lake: Lake, old: Frozen, new: Frozen | None, members: pa.Table, order: Order) -> None:
    """One row for each shard that documents left."""
    before = listed(old)
    known = {one["sha256"] for one in before}
    written = iter([str(one["sha256"]) for one in (listed(new) if new else []) if one["sha256"] not in known])
    counted = members.group_by("shard").aggregate([([], "count_all")]).sort_by("shard").to_pylist()
    left = {row["shard"]: row["count_all"] for row in counted}
    rows = [
        {
            "request_id": order.request_id,
            "place": old.snapshot_id,
            "n_documents": left[one["path"]],
            "object_before_sha256": bytes.fromhex(str(one["sha256"])),
            "object_after_sha256": None if left[one["path"]] == one["rows"] else bytes.fromhex(next(written)),
            "replaced_by": new.snapshot_id if new else None,
            "erased_at_us": order.at_us,
        }
        for one in before
        if one["path"] in left
    ]
    entry = _entry("erasures", order, f"erase {order.request_id} {old.snapshot_id}")
    log.append(lake.ledger, entry, pa.Table.from_pylist(rows, KINDS["erasures"]))


def listed(frozen: Frozen) -> list[Mapping[str, object]]:
    """The shards of a snapshot, as its manifest names them."""
    named = approving.manifest_of(frozen)["shards"]
    return list(named) if isinstance(named, list) else []


def purge(lake: Lake, *, before_us: int) -> int:
    """Delete the text of revoked snapshots that were replaced or emptied before a time; how many objects went.

    Manifest, approvals and members stay: what was released and who approved it remains provable. An object that
    another snapshot holds stays too.
    """
    alive = {str(one["sha256"]) for frozen in _released(lake) for one in listed(frozen)}
    gone = 0
    for frozen in freezing.everything(lake):
        last = states.last(lake.ledger, frozen.snapshot_id)
        if last is None or last.values["state"] != states.REVOKED or not _is_due(lake, frozen, before_us):
            continue
        for one in listed(frozen):
            digest = str(one["sha256"])
            files.remove(frozen.folder / str(one["path"]))
            place = layout.shard_object(lake.snapshots, digest)
            if digest not in alive and place.exists():
                files.remove(place)
                gone += 1
    return gone


def _is_due(lake: Lake, frozen: Frozen, before_us: int) -> bool:
    """Whether documents were erased from it before that time."""
    found = [
        entry["at_us"]
        for entry in log.entries(lake.ledger, kind="erasures")
        if str(entry["key"]).endswith(f" {frozen.snapshot_id}")
    ]
    return bool(found) and max(int(str(at)) for at in found) <= before_us


def rewrite(path: Path, doc_ids: pa.Array, *, group_rows: int) -> tuple[int, str, str] | None:
    """Write a Parquet file of the lake again without these documents.

    Returns:
        How many rows left, and the hex SHA-256 of the file before and after; None where it held none of them.
    """
    table = pq.ParquetFile(path).read()
    left = table.filter(pc.invert(pc.is_in(table.column("doc_id"), value_set=doc_ids)))
    if left.num_rows == table.num_rows:
        return None
    before = sha256(files.read(path)).hexdigest()
    parquet.write(path, left, group_rows=group_rows)
    return table.num_rows - left.num_rows, before, sha256(files.read(path)).hexdigest()
