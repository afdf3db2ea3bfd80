"""The position: the notary's word on how long the feed is and how every snapshot stands, and when that was so.

`snapshots/feed/position`, a signed note of one line of canonical JSON, written anew with every change and every time
the notary signs. Who holds it can tell an old state of the origin from the current one, and silence from good news.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.errors import ClockSkewed, EvidenceBroken, Replayed
from pipeline.ledger import canonical, keys, log, notes
from pipeline.rules.snapshots import limits
from pipeline.schemas.ledger import KINDS
from pipeline.snapshots import feed, trust
from pipeline.snapshots.feed import Notice
from pipeline.snapshots.trust import Trusted
from pipeline.store import files, parquet
from pipeline.store.files import Place
from pipeline.store.lake import Lake

NAME = f"{feed.FOLDER}/position"


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """How everything stood at a time."""

    size: int  # notices of the feed
    head: str  # hex SHA-256 of the last one
    at_us: int
    states: Mapping[str, str]  # state of every snapshot that was ever approved, by id


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """What a folder or origin has heard, verified; `contents` and `note` are the bytes to keep."""

    notices: Sequence[Notice]
    contents: Sequence[bytes]
    position: Position | None  # None: made before positions were
    note: bytes | None

    @property
    def at_us(self) -> int:
        """When the notary was heard last; 0 when never."""
        said = [self.position.at_us] if self.position else []
        return max([*said, *(one.at_us for one in self.notices)], default=0)

    def state(self, snapshot_id: str) -> str | None:
        """How a snapshot stood, as far as this was heard."""
        return self.position.states.get(snapshot_id) if self.position else None


def sign(lake: Lake, key: keys.Key, *, at_us: int) -> Position:
    """Sign how everything stands now. Time never goes back."""
    with files.locked(lake.snapshots / ".position.lock"):
        notices = feed.contents(lake.snapshots)
        before = files.read_if_any(lake.snapshots / NAME)
        last = _parse(before).at_us if before else 0
        position = Position(
            size=len(notices), head=feed.digest(notices), at_us=max(at_us, last), states=_states(lake.ledger)
        )
        text = canonical.entry(asdict(position)).decode().rstrip("\n") + "\n"
        files.write(lake.snapshots / NAME, notes.note(key, text))
    return position


def _states(ledger: Path) -> dict[str, str]:
    """The last state of every snapshot that was ever approved."""
    last: dict[str, str] = {}
    released = set()
    for entry in log.entries(ledger, kind="snapshots"):
        for row in parquet.read(ledger / str(entry["path"]), KINDS["snapshots"]).to_pylist():
            last[row["snapshot_id"]] = row["state"]
            released |= {row["snapshot_id"]} if row["state"] == "approved" else set()
    return {name: state for name, state in sorted(last.items()) if name in released}


def hear(place: Place, known: Sequence[Trusted], *, at_us: int) -> Heard:
    """Feed and position below `place`, verified against each other.

    Raises:
        EvidenceBroken: a signature or a hash does not fit, or notices are missing.
        ClockSkewed: signed in this machine's future.
    """
    note = files.read_if_any(place / NAME)
    contents = feed.contents(place)
    notices = feed.parse(contents, *(one.vkey for one in trust.notaries(known)))
    position = None if note is None else _opened(note, known)
    if position is not None and feed.digest(contents[: position.size]) != position.head:
        raise Replayed("the feed is not the one that its position names", fix="fetch it from its origin again")
    heard = Heard(notices=notices, contents=contents, position=position, note=note)
    if heard.at_us > at_us + limits().skew_us:
        raise ClockSkewed("the feed is signed in the future of this machine", fix="set the clock, then try again")
    return heard


def _opened(note: bytes, known: Sequence[Trusted]) -> Position:
    trust.opened(note, known)
    return _parse(note)


def _parse(note: bytes) -> Position:
    text, _ = notes.split_note(note)
    try:
        return Position(**json.loads(text))
    except (ValueError, TypeError) as e:
        raise EvidenceBroken("the feed's position cannot be read", fix="fetch it from its origin again") from e


def require_newer(destination: Path, heard: Heard, known: Sequence[Trusted], *, at_us: int) -> None:
    """Return when an origin shows at least what a pulled folder has heard before.

    Raises:
        Replayed: it shows an older state.
    """
    here = hear(destination, known, at_us=at_us)
    if here.position and (heard.position is None or heard.position.at_us < here.position.at_us):
        raise Replayed("the origin shows an older state than it did before", fix="ask its keeper why; trust neither")


def keep(destination: Path, heard: Heard, known: Sequence[Trusted], *, at_us: int) -> None:
    """Bring what an origin said to what was pulled.

    Raises:
        Replayed: the origin shows an older state than the one that is here.
    """
    require_newer(destination, heard, known, at_us=at_us)
    feed.keep(destination, heard.contents)
    if heard.note is not None:
        files.write(destination / NAME, heard.note)
