"""Pull: verify who approved, fetch, verify every byte, leave a receipt; and verify a pulled folder again later."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import InputMissing, NotApproved, UsageError
from pipeline.ledger import canonical, log
from pipeline.schemas.ledger import KINDS
from pipeline.snapshots import copying, evidence, exclusions, layout, position, pulled, shards, states, trust
from pipeline.snapshots.evidence import Evidence, Listed
from pipeline.snapshots.pulled import Receipt
from pipeline.snapshots.trust import Trusted
from pipeline.store import files
from pipeline.store.files import Place
from pipeline.store.lake import Lake


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where snapshots come from: their folder, and the ledger when it can be reached."""

    snapshots: Path
    ledger: Path | None


def pull(
    origin: Path,
    wanted: str,
    destination: Path,
    *,
    trusted: Sequence[Trusted] | None = None,
    puller: str,
    at_us: int,
    on_progress: copying.Progress | None = None,
) -> Receipt:
    """Fetch an approved snapshot into `destination` and prove every byte of it.

    Called again after an interruption, it goes on where it stopped.

    Args:
        origin: a lake, or its snapshots folder.
        wanted: `NAME` (the newest published version) or `NAME@VERSION`.
        destination: a folder for this snapshot alone.
        trusted: keys that the puller trusts; None takes the lake's own list, which proves that nothing was damaged
            but not that the lake is the right one.
        puller: who takes it, such as a team; stands in the ledger.
        at_us: now.
        on_progress: called with path, bytes done and bytes in all.

    Raises:
        InputMissing: no such snapshot.
        NotApproved: not published, withdrawn, or not signed by keys that are trusted.
        EvidenceBroken: a byte was changed.
        UsageError: the destination holds something else, or no trusted keys are given for a bare folder.
    """
    place = _origin(origin)
    folder = _folder(place, wanted)
    known = _known(place) if trusted is None else list(trusted)
    proven = evidence.verify(folder, known)
    _refuse_withdrawn(place, folder, proven)
    _refuse_other(destination, proven)
    for listed in evidence.listed(proven.manifest):
        copying.copy(folder / listed.path, destination / listed.path, listed, on_progress or _silent)
        _require_rows(destination / listed.path, listed)
    for name in pulled.PROVING:
        files.write(destination / name, files.read(folder / name))
    heard = position.hear(place.snapshots, known, at_us=at_us)
    position.keep(destination, heard, known, at_us=at_us)
    exclusions.write(destination, heard.notices, proven.snapshot_id)
    return _receipt(place, destination, evidence.verify(destination, known), known, (puller, at_us))


def _silent(path: str, done: int, total: int) -> None:
    del path, done, total


def _origin(path: Path) -> Origin:
    lake = Lake(path)
    if lake.snapshots.is_dir():
        return Origin(snapshots=lake.snapshots, ledger=lake.ledger if (lake.ledger / "log").is_dir() else None)
    if not path.is_dir():
        raise InputMissing(f"no lake at {path.name}", fix="give the lake folder: --from DIR")
    return Origin(snapshots=path, ledger=None)


def snapshots_of(place: Place) -> Place:
    """The snapshots of a lake, or the place itself when it is none."""
    return place / "snapshots" if isinstance(place, Path) and (place / "snapshots").is_dir() else place


def _folder(origin: Origin, wanted: str) -> Path:
    """The folder of the wanted version; without a version, of the newest that was published."""
    name, version = layout.split(wanted)
    if version:
        return layout.folder(origin.snapshots, wanted)
    versions = layout.versions(origin.snapshots, name)
    if not versions:
        raise InputMissing(f"no snapshot {name}", fix="provender snapshot list shows all")
    published = [v for v in versions if (origin.snapshots / name / v / layout.ENVELOPE).is_file()]
    return origin.snapshots / name / (published or versions)[-1]


def _known(origin: Origin) -> list[Trusted]:
    if origin.ledger is None:
        raise UsageError("no ledger to take trusted keys from", fix="give your own list: --trust FILE")
    return trust.of_ledger(origin.ledger)


def _refuse_withdrawn(origin: Origin, folder: Path, proven: Evidence) -> None:
    """The ledger has the last word where it can be reached; the note in the folder counts where it cannot."""
    now = states.state(origin.ledger, proven.snapshot_id) if origin.ledger else states.APPROVED
    if now != states.APPROVED or (folder / layout.REVOKED).exists():
        raise NotApproved(
            f"{proven.snapshot_id} is withdrawn or no longer approved", fix="pull another version: NAME@VERSION"
        )
    wanted = layout.split(proven.snapshot_id)
    if (folder.parent.name, folder.name) != wanted:
        raise evidence.broken(f"the folder of {folder.parent.name}@{folder.name} holds another snapshot")


def _refuse_other(destination: Path, proven: Evidence) -> None:
    """A destination holds this snapshot, a part of it, or nothing."""
    known = {one.path for one in evidence.listed(proven.manifest)}
    known |= {f"{path}.part" for path in known}
    other = [p for p in _files(destination) if p not in known and not pulled.is_ours(p)]
    manifest = destination / layout.MANIFEST
    if other or (manifest.is_file() and shards.digest(manifest) != proven.manifest_sha256):
        raise UsageError(
            f"{destination.name} holds something else ({len(other)} other files)", fix="give an empty folder"
        )


def _files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def _require_rows(path: Path, listed: Listed) -> None:
    if listed.rows is not None and pq.read_metadata(path).num_rows != listed.rows:
        raise evidence.broken(f"{listed.path} does not hold the rows that the manifest names")


def _receipt(
    origin: Origin, destination: Path, proven: Evidence, known: Sequence[Trusted], who: tuple[str, int]
) -> Receipt:
    found = evidence.listed(proven.manifest)
    receipt = Receipt(
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
        ledger_entry=_record(origin.ledger, proven, who) if origin.ledger else None,
        n_excluded=exclusions.kept(destination),
        pulled_from=str(origin.snapshots),
    )
    files.write(destination / layout.RECEIPT, canonical.entry(asdict(receipt)))
    return receipt


def _record(ledger: Path, proven: Evidence, who: tuple[str, int]) -> int | None:
    """Append the pull; None where the puller may only read the ledger."""
    puller, at_us = who
    row = {
        "snapshot_id": proven.snapshot_id,
        "puller": puller,
        "pulled_at_us": at_us,
        "manifest_sha256": bytes.fromhex(proven.manifest_sha256),
    }
    entry = log.Entry(
        kind="pulls",
        key=f"pull {proven.snapshot_id} {puller} {at_us}",
        at_us=at_us,
        actor=puller,
        run=str(proven.manifest["run"]),
        stage="snapshots",
        details={"snapshot_id": proven.snapshot_id},
    )
    try:
        return log.append(ledger, entry, pa.Table.from_pylist([row], KINDS["pulls"]))
    except OSError:
        return None


def status(folder: Path, *, trusted: Sequence[Trusted] | None = None, origin: Path | None = None) -> Receipt:
    """The receipt of a pulled folder, after every byte in it was verified again.

    Args:
        folder: where `pull` put it.
        trusted: keys that count; None takes those of the receipt, which finds damage but not forgery.
        origin: the lake, to ask whether the snapshot has been withdrawn since.

    Raises:
        InputMissing: no receipt: the pull did not end.
        NotApproved: withdrawn since.
        EvidenceBroken: a byte was changed, or a file added that a reader would take for data.
    """
    receipt = pulled.receipt(folder)
    proven = evidence.verify(folder, trust.trusted(receipt.trusted) if trusted is None else trusted)
    if proven.manifest_sha256 != receipt.manifest_sha256:
        raise evidence.broken("the receipt is of another manifest")
    for listed in evidence.listed(proven.manifest):
        path = folder / listed.path
        if not path.is_file() or shards.digest(path) != listed.sha256:
            raise evidence.broken(f"{listed.path} was changed")
    known = {one.path for one in evidence.listed(proven.manifest)}
    added = [path for path in _files(folder) if path not in known and not pulled.is_ours(path)]
    if added:
        raise evidence.broken(f"{len(added)} file(s) in the folder are not of the snapshot")
    if origin is not None:
        place = _origin(origin)
        _refuse_withdrawn(place, layout.folder(place.snapshots, proven.snapshot_id), proven)
    return receipt
