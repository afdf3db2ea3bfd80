"""A pulled folder: is it still good? What its feed excludes, whether its approval holds, when its keeper was heard."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import Expired, FeedTooOld, InputMalformed, InputMissing, NotApproved, ProvenderError, Withdrawn
from pipeline.rules.requests import DAY_US
from pipeline.rules.snapshots import limits
from pipeline.snapshots import copying, evidence, exclusions, feed, layout, position, states, trust
from pipeline.snapshots.evidence import Evidence
from pipeline.snapshots.position import Heard
from pipeline.snapshots.trust import Trusted
from pipeline.store import files
from pipeline.store.files import Place

OURS = (*evidence.PROVING, layout.WITNESSED, layout.RECEIPT, exclusions.NAME)

GOOD, OLD, PENDING = "good", "feed-old", "exclusions-pending"
TOO_OLD, EXPIRED, WITHDRAWN = "feed-too-old", "expired", "withdrawn"
USABLE = (GOOD, OLD)


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """pull-receipt.json: what was taken, by whom, on whose word."""

    snapshot_id: str
    manifest_sha256: str
    puller: str
    pulled_at_us: int
    rows: int
    n_shards: int
    n_bytes: int
    approved_by: Sequence[str]
    origin: str
    checkpoint_size: int
    trusted: Sequence[Mapping[str, object]]
    ledger_entry: int | None  # None: the ledger could not be reached; hand the receipt over
    n_excluded: int = 0  # documents that were withdrawn before the pull
    pulled_from: str = ""  # folder, bucket or address; empty in receipts of before
    quorum: str = "none"  # of the puller's policy; none: nobody but the notary was asked about the ledger
    witnessed_by: Sequence[str] = ()  # who cosigned, of those whom the policy names


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """How a pulled snapshot stands, as far as can be told."""

    snapshot_id: str
    state: str  # the gravest of GOOD, OLD, PENDING, TOO_OLD, EXPIRED, WITHDRAWN that holds
    n_excluded: int  # documents that the folder's own list leaves out
    n_pending: int  # documents that its origin has withdrawn and the list does not know yet
    feed_size: int
    heard_at_us: int  # when the notary was heard last
    expires_at_us: int
    replaced_by: str | None
    is_origin_asked: bool

    @property
    def is_usable(self) -> bool:
        """Whether a training run may read on."""
        return self.state in USABLE


def receipt(folder: Path) -> Receipt:
    """The receipt of a pulled folder.

    Raises:
        InputMissing: no receipt: the pull did not end.
        InputMalformed: not one.
    """
    if not (folder / layout.RECEIPT).is_file():
        raise InputMissing(
            "no pulled snapshot in this folder",
            fix="give the folder that provender pull wrote; repeat one that was cut",
        )
    try:
        return Receipt(**json.loads(files.read(folder / layout.RECEIPT)))
    except (ValueError, TypeError) as e:
        raise InputMalformed("the receipt cannot be read", fix="pull again into the same folder") from e


def is_ours(path: str) -> bool:
    """Whether a pull itself writes a file of that name, beside those of the manifest."""
    return path in OURS or path == position.NAME or path.startswith(f"{feed.FOLDER}/")


def refresh(folder: Path, origin: Place, *, at_us: int, trusted: Sequence[Trusted] | None = None) -> Standing:
    """Bring the origin's feed into the folder, write its exclusion list anew, and say how the snapshot stands.

    Raises:
        Replayed: the origin shows less than it did before.
        EvidenceBroken: a signature or hash does not fit.
    """
    known = trust.trusted(receipt(folder).trusted) if trusted is None else trusted
    heard = position.hear(origin, known, at_us=at_us)
    position.keep(folder, heard, known, at_us=at_us)
    exclusions.write(folder, heard.notices, receipt(folder).snapshot_id)
    return standing(folder, at_us=at_us, trusted=known)


def standing(
    folder: Path, *, at_us: int, origin: Place | None = None, trusted: Sequence[Trusted] | None = None
) -> Standing:
    """How the snapshot in `folder` stands. Proofs and feed are verified; the shards are not read.

    Args:
        folder: where `pull` put it.
        at_us: now.
        origin: snapshots of the lake, bucket or address to ask for what is new; None asks nobody.
        trusted: keys that count; None takes those of the receipt.

    Raises:
        EvidenceBroken: proofs or feed were changed.
    """
    said = receipt(folder)
    known = trust.trusted(said.trusted) if trusted is None else trusted
    proven = evidence.verify(folder, known)
    if (proven.snapshot_id, proven.manifest_sha256) != (said.snapshot_id, said.manifest_sha256):
        raise evidence.broken("the receipt is of another manifest")
    here = position.hear(folder, known, at_us=at_us)
    there = here if origin is None else position.hear(origin, known, at_us=at_us)
    newest = max((here, there), key=lambda one: one.at_us)
    n_kept, n_known = exclusions.kept(folder), len(feed.excluded(newest.notices, said.snapshot_id))
    return Standing(
        snapshot_id=said.snapshot_id,
        state=_state(proven, newest, n_known - n_kept, at_us),
        n_excluded=n_kept,
        n_pending=n_known - n_kept,
        feed_size=len(newest.notices),
        heard_at_us=max(newest.at_us, proven.approved_at_us),
        expires_at_us=proven.expires_at_us,
        replaced_by=replaced_by(newest, said.snapshot_id),
        is_origin_asked=origin is not None,
    )


def verify_files(folder: Path) -> int:
    """How many bytes the files of a folder have that its manifest names; each is read and is the one that was approved.

    `standing` has verified the manifest.

    Raises:
        EvidenceBroken: names files that are missing or were changed.
    """
    named = evidence.listed(json.loads(files.read(folder / layout.MANIFEST)))
    wrong = [one.path for one in named if not copying.is_same(folder / one.path, one)]
    if wrong:
        raise evidence.broken(f"{len(wrong)} files are missing or not those that were approved: {', '.join(wrong[:5])}")
    return sum(one.n_bytes for one in named)


def replaced_by(heard: Heard, snapshot_id: str) -> str | None:
    """The snapshot that takes the place of one, as the feed says."""
    found = [one.replaced_by[snapshot_id] for one in heard.notices if snapshot_id in one.replaced_by]
    return found[-1] if found else None


def _state(proven: Evidence, heard: Heard, n_pending: int, at_us: int) -> str:
    now = heard.state(proven.snapshot_id)
    age_us = at_us - max(heard.at_us, proven.approved_at_us)
    if now not in (None, states.APPROVED, states.EXPIRED) or replaced_by(heard, proven.snapshot_id):
        return WITHDRAWN
    found = (
        (EXPIRED, now == states.EXPIRED or at_us >= proven.expires_at_us),
        (TOO_OLD, age_us >= limits().refuse_us),
        (PENDING, n_pending != 0),
        (OLD, age_us >= limits().warn_us),
    )
    return next((word for word, holds in found if holds), GOOD)


def require_usable(found: Standing) -> None:
    """Return when a training run may read on.

    Raises:
        Withdrawn, Expired, FeedTooOld, NotApproved: it may not; says what to do.
    """
    if not found.is_usable:
        raise refusal(found)


def refusal(found: Standing) -> ProvenderError:
    """The error for a snapshot that may not be used as it is."""
    name = found.snapshot_id
    instead = f"pull {found.replaced_by}" if found.replaced_by else "stop using it; ask the data owner for another"
    if found.state == WITHDRAWN:
        return Withdrawn(f"{name} is withdrawn", fix=instead)
    if found.state == EXPIRED:
        return Expired(f"the approval of {name} has expired", fix="ask for a new approval, or pull a newer version")
    if found.state == TOO_OLD:
        days = limits().refuse_us // DAY_US
        return FeedTooOld(
            f"nobody has signed the feed of {name} for {days} days",
            fix="provender status DIR --refresh; ask its keeper",
        )
    return NotApproved(
        f"{found.n_pending} documents of {name} were withdrawn since", fix="provender status DIR --refresh"
    )
