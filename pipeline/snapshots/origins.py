"""Where snapshots come from: a lake, its snapshots folder, a bucket or a web server."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import Expired, FeedTooOld, InputMissing, NotApproved, UsageError, Withdrawn
from pipeline.rules.snapshots import limits
from pipeline.snapshots import evidence, layout, position, pulled, states, trust
from pipeline.snapshots.evidence import Evidence
from pipeline.snapshots.position import Heard
from pipeline.snapshots.trust import Trusted
from pipeline.store import files
from pipeline.store.files import Place
from pipeline.store.lake import Lake


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where snapshots come from: their folder, and the ledger when it can be reached."""

    snapshots: Place
    ledger: Path | None


def at(place: Place) -> Origin:
    """The origin at a place: a lake, or its snapshots alone.

    Raises:
        InputMissing: there is none.
    """
    if not isinstance(place, Path):
        return Origin(snapshots=snapshots_of(place), ledger=None)
    lake = Lake(place)
    if lake.snapshots.is_dir():
        return Origin(snapshots=lake.snapshots, ledger=lake.ledger if (lake.ledger / "log").is_dir() else None)
    if not place.is_dir():
        raise InputMissing(f"no lake at {place.name}", fix="give the lake folder, s3:// or http:// address: --from")
    return Origin(snapshots=place, ledger=None)


def snapshots_of(place: Place) -> Place:
    """The snapshots of a lake, or the place itself when it holds them."""
    if isinstance(place, Path):
        return place / "snapshots" if (place / "snapshots").is_dir() else place
    is_lake = files.read_if_any(place / position.NAME) is None
    below = place / "snapshots"
    return below if is_lake and files.read_if_any(below / position.NAME) is not None else place


def known(origin: Origin) -> list[Trusted]:
    """The keys that the origin's own ledger trusts.

    Raises:
        UsageError: there is no ledger.
    """
    if origin.ledger is None:
        raise UsageError("no ledger to take trusted keys from", fix="give your own list: --trust FILE")
    return trust.of_ledger(origin.ledger)


def folder(origin: Origin, wanted: str, heard: Heard) -> Place:
    """The folder of the wanted version; without a version, of the newest that was published.

    Raises:
        InputMissing: no such snapshot.
    """
    name, version = layout.split(wanted)
    if not version:
        version = _newest(origin, name, heard)
    if isinstance(origin.snapshots, Path):
        return layout.folder(origin.snapshots, layout.snapshot_id(name, version))
    return origin.snapshots / name / version


def _newest(origin: Origin, name: str, heard: Heard) -> str:
    """The newest published version of a name: by what lies there, or by the notary's word."""
    if isinstance(origin.snapshots, Path):
        every = layout.versions(origin.snapshots, name)
        published = [v for v in every if (origin.snapshots / name / v / layout.ENVELOPE).is_file()]
        found = published or every
    else:
        said = [layout.split(one) for one in (heard.position.states if heard.position else ())]
        found = sorted((v for n, v in said if n == name and v), key=int)
    if not found:
        raise InputMissing(f"no snapshot {name}", fix="provender snapshot list shows all; name a version: NAME@VERSION")
    return found[-1]


def refusal(origin: Origin, place: Place, proven: Evidence, heard: Heard, *, at_us: int) -> NotApproved | None:
    """Why a snapshot may not be pulled; None when it may.

    The ledger has the last word where it can be reached; the position and the note in the folder count as well.

    Raises:
        EvidenceBroken: the folder holds another snapshot than its name says.
    """
    if (place.parent.name, place.name) != layout.split(proven.snapshot_id):
        raise evidence.broken(f"the folder of {place.parent.name}@{place.name} holds another snapshot")
    name = proven.snapshot_id
    said = [heard.state(name), states.state(origin.ledger, name) if origin.ledger else None]
    other = [one for one in said if one not in (None, states.APPROVED)]
    if files.read_if_any(place / layout.REVOKED) is not None or states.REVOKED in other:
        instead = pulled.replaced_by(heard, name)
        return Withdrawn(f"{name} is withdrawn", fix=f"pull {instead}" if instead else "pull another: NAME@VERSION")
    if states.EXPIRED in other or at_us >= proven.expires_at_us:
        return Expired(f"the approval of {name} has expired", fix="ask for a new approval, or pull a newer version")
    if origin.ledger is None and at_us - max(heard.at_us, proven.approved_at_us) >= limits().refuse_us:
        return FeedTooOld(
            "nobody has signed the feed of this origin for long", fix="pull from the lake itself; ask its keeper why"
        )
    if other:
        return NotApproved(f"{name} is {other[0]}, no longer approved", fix="pull another version: NAME@VERSION")
    return None
