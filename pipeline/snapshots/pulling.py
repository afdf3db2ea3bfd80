"""Pull: verify who approved, fetch, verify every byte, leave a receipt; and verify a pulled folder again later."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path

import pyarrow as pa

from pipeline.errors import NotApproved, UsageError
from pipeline.ledger import canonical, log
from pipeline.ledger.policy import Policy
from pipeline.schemas.ledger import KINDS
from pipeline.snapshots import (
    copying,
    evidence,
    exclusions,
    layout,
    origins,
    position,
    pulled,
    shards,
    trust,
    witnessed,
)
from pipeline.snapshots.evidence import Evidence, Listed
from pipeline.snapshots.origins import Origin
from pipeline.snapshots.pulled import Receipt
from pipeline.snapshots.trust import Trusted
from pipeline.store import files
from pipeline.store.files import Place

_NEVER_US = 1 << 62


@dataclass(frozen=True, kw_only=True, slots=True)
class Manner:
    """How a pull is done."""

    workers: int = 4  # files fetched at once
    held: Path | None = None  # a pulled folder whose shards are not fetched again
    despite: str = ""  # why it is pulled although it is withdrawn or expired; an entry of the ledger
    policy: Policy = field(default_factory=Policy)  # whose cosignatures are enough; nobody's are asked for by default


def pull(
    origin: Place,
    wanted: str,
    destination: Path,
    *,
    trusted: Sequence[Trusted] | None = None,
    puller: str,
    at_us: int,
    on_progress: copying.Progress | None = None,
    manner: Manner = Manner(),
) -> Receipt:
    """Fetch an approved snapshot into `destination` and prove every byte of it.

    Called again after an interruption, it goes on where it stopped.

    Args:
        origin: a lake, or its snapshots: a folder, bucket or web server.
        wanted: `NAME` (the newest published version) or `NAME@VERSION`.
        destination: a folder for this snapshot alone.
        trusted: keys that the puller trusts; None takes the lake's own list, which proves that nothing was damaged
            but not that the lake is the right one.
        puller: who takes it, such as a team; stands in the ledger.
        at_us: now.
        on_progress: called with path, bytes done and bytes in all.
        manner: how.

    Raises:
        InputMissing: no such snapshot.
        NotApproved: not published, withdrawn, expired, or not signed by keys that are trusted.
        NotWitnessed: the manner's policy wants more cosignatures.
        EvidenceBroken: a byte was changed.
        UsageError: the destination holds something else, or no trusted keys are given for a bare folder.
    """
    place = origins.at(origin)
    known = origins.known(place) if trusted is None else list(trusted)
    heard = position.hear(place.snapshots, known, at_us=at_us)
    folder = origins.folder(place, wanted, heard)
    proofs = evidence.read(folder)
    proven = evidence.verified(proofs, known)
    cosigned = witnessed.read(folder)
    witnesses = witnessed.require(cosigned, proven, known, manner.policy)
    _refuse_other(destination, proven)
    position.require_newer(destination, heard, known, at_us=at_us)
    refused = origins.refusal(place, folder, proven, heard, at_us=at_us)
    entry = _despite(place, proven, refused, (puller, at_us), manner)
    _fetch(folder, destination, proven, on_progress or _silent, manner)
    for name, content in (proofs | ({layout.WITNESSED: cosigned} if cosigned else {})).items():
        files.write(destination / name, content)
    position.keep(destination, heard, known, at_us=at_us)
    exclusions.write(destination, heard.notices, proven.snapshot_id)
    evidence.verify(destination, known)
    receipt = _receipt(place, destination, proven, known, (puller, at_us), entry)
    told = replace(receipt, quorum=manner.policy.quorum, witnessed_by=witnesses)
    files.write(destination / layout.RECEIPT, canonical.entry(asdict(told)))
    return told


def _silent(path: str, done: int, total: int) -> None:
    del path, done, total


def _despite(
    origin: Origin, proven: Evidence, refused: NotApproved | None, who: tuple[str, int], manner: Manner
) -> int | None:
    """The entry that says why a refused snapshot is pulled all the same; None for one that is not refused."""
    if refused is None:
        return None
    if not manner.despite.strip():
        raise refused
    if origin.ledger is None:
        raise UsageError("what is refused cannot be pulled without the ledger", fix="pull from the lake itself")
    return record(origin.ledger, _row(proven, who), run=str(proven.manifest["run"]), despite=manner.despite)


def _fetch(folder: Place, destination: Path, proven: Evidence, on_progress: copying.Progress, manner: Manner) -> None:
    """Bring every file here, several at once; the first that fails stops those that have not begun."""
    every = evidence.listed(proven.manifest)
    held = _held(manner.held, every)
    fetch = partial(_one, folder, destination, on_progress, held)
    with ThreadPoolExecutor(manner.workers) as pool:
        waiting = [pool.submit(fetch, listed) for listed in every]
        try:
            for one in waiting:
                one.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _one(
    folder: Place, destination: Path, on_progress: copying.Progress, held: dict[str, Path], listed: Listed
) -> None:
    place = destination / listed.path
    copying.copy(folder / listed.path, place, listed, on_progress, held=held.get(listed.sha256))
    copying.require_small(place, listed)


def _held(folder: Path | None, wanted: Sequence[Listed]) -> dict[str, Path]:
    """Shards of another pulled folder, by hash: those that its manifest names, to be hashed again before use."""
    if folder is None:
        return {}
    there = evidence.listed(evidence.verify(folder, trust.trusted(pulled.receipt(folder).trusted)).manifest)
    hashes = {one.sha256 for one in wanted}
    return {one.sha256: folder / one.path for one in there if one.sha256 in hashes}


def _refuse_other(destination: Path, proven: Evidence) -> None:
    """A destination holds this snapshot, a part of it, or nothing."""
    known = {one.path for one in evidence.listed(proven.manifest)}
    known |= {f"{path}.part" for path in known}
    for left in files.temporaries(destination):  # of a pull that was killed
        left.unlink()
    other = [p for p in _files(destination) if p not in known and not pulled.is_ours(p)]
    manifest = destination / layout.MANIFEST
    copying.refuse_links(destination / "data")
    if other or (manifest.is_file() and shards.digest(manifest) != proven.manifest_sha256):
        held = f"{len(other)} files that are not of this snapshot" if other else "another snapshot"
        raise UsageError(
            f"{destination.name} holds {held}, and {proven.snapshot_id} was to be put there",
            fix="give an empty folder; --diff FOLDER takes what both have in common from the old one",
        )


def _files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() or p.is_symlink())


def _receipt(  # noqa: PLR0917  what a receipt is made from
    origin: Origin,
    destination: Path,
    proven: Evidence,
    known: Sequence[Trusted],
    who: tuple[str, int],
    entry: int | None,
) -> Receipt:
    found = evidence.listed(proven.manifest)
    if entry is None and origin.ledger is not None:
        entry = record(origin.ledger, _row(proven, who), run=str(proven.manifest["run"]))
    return Receipt(
        snapshot_id=proven.snapshot_id,
        manifest_sha256=proven.manifest_sha256,
        puller=who[0],
        pulled_at_us=who[1],
        rows=sum(one.rows or 0 for one in found),
        n_shards=sum(one.rows is not None for one in found),
        n_bytes=sum(one.n_bytes for one in found),
        approved_by=[f"{a.key.name} ({a.key.role})" for a in proven.approvals],
        origin=proven.origin,
        checkpoint_size=proven.checkpoint_size,
        trusted=trust.listed(known),
        ledger_entry=entry,
        n_excluded=exclusions.kept(destination),
        pulled_from=files.named(origin.snapshots),
    )


def _row(proven: Evidence, who: tuple[str, int]) -> dict[str, object]:
    return {
        "snapshot_id": proven.snapshot_id,
        "puller": who[0],
        "pulled_at_us": who[1],
        "manifest_sha256": bytes.fromhex(proven.manifest_sha256),
    }


def record(ledger: Path, row: dict[str, object], *, run: str = "", despite: str = "") -> int | None:
    """Append a pull; None where the puller may only read the ledger. The same pull is appended once.

    Raises:
        OSError: the ledger cannot be written, and the pull needs a reason.
    """
    details = {"snapshot_id": row["snapshot_id"]} | ({"despite": despite} if despite else {})
    entry = log.Entry(
        kind="pulls",
        key=f"pull {row['snapshot_id']} {row['puller']} {row['pulled_at_us']}",
        at_us=int(str(row["pulled_at_us"])),
        actor=str(row["puller"]),
        run=run,
        stage="snapshots",
        details=details,
    )
    try:
        return log.append(ledger, entry, pa.Table.from_pylist([row], KINDS["pulls"]))
    except OSError:
        if despite:
            raise
        return None


def hand_over(ledger: Path, receipt: Receipt) -> int | None:
    """Append a pull from an origin without a ledger by its receipt; the number of the entry."""
    row = {
        "snapshot_id": receipt.snapshot_id,
        "puller": receipt.puller,
        "pulled_at_us": receipt.pulled_at_us,
        "manifest_sha256": bytes.fromhex(receipt.manifest_sha256),
    }
    return record(ledger, row)


def status(
    folder: Path, *, trusted: Sequence[Trusted] | None = None, origin: Place | None = None, at_us: int | None = None
) -> Receipt:
    """The receipt of a pulled folder, after every byte in it was verified again.

    Args:
        folder: where `pull` put it.
        trusted: keys that count; None takes those of the receipt, which finds damage but not forgery.
        origin: the lake, to ask whether the snapshot has been withdrawn since.
        at_us: now; None asks about nothing that has to do with time.

    Raises:
        InputMissing: no receipt: the pull did not end.
        NotApproved: withdrawn since.
        EvidenceBroken: a byte was changed, or a file added that a reader would take for data.
    """
    receipt = pulled.receipt(folder)
    known = trust.trusted(receipt.trusted) if trusted is None else list(trusted)
    proven = evidence.verify(folder, known)
    if proven.manifest_sha256 != receipt.manifest_sha256:
        raise evidence.broken("the receipt is of another manifest")
    for listed in evidence.listed(proven.manifest):
        path = folder / listed.path
        copying.refuse_links(path)
        if not path.is_file() or shards.digest(path) != listed.sha256:
            raise evidence.broken(f"{listed.path} was changed")
    every = {one.path for one in evidence.listed(proven.manifest)}
    added = [path for path in _files(folder) if path not in every and not pulled.is_ours(path)]
    if added:
        raise evidence.broken(f"{len(added)} file(s) in the folder are not of the snapshot")
    if origin is not None:
        _refuse_withdrawn(origins.at(origin), proven, known, at_us)
    return receipt


def _refuse_withdrawn(origin: Origin, proven: Evidence, known: Sequence[Trusted], at_us: int | None) -> None:
    heard = position.hear(origin.snapshots, known, at_us=_NEVER_US if at_us is None else at_us)
    at_us = proven.approved_at_us if at_us is None else at_us
    refused = origins.refusal(origin, origins.folder(origin, proven.snapshot_id, heard), proven, heard, at_us=at_us)
    if refused:
        raise refused
