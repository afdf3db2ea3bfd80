"""The feed: a signed notice for every withdrawal, so that teams learn what to leave out of what they have pulled.

`snapshots/feed/000001.note`, `000002.note`, ...: each a signed note whose text is one line of canonical JSON that
names the hash of the notice before it. Nothing in it leads to a person. `feed/position` (`position.py`) says how long
it was, and when.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

import pyarrow as pa

from pipeline.errors import EvidenceBroken, Replayed
from pipeline.ledger import canonical, keys, notes
from pipeline.snapshots import layout
from pipeline.store import files
from pipeline.store.files import Place

FOLDER = layout.FEED
FIRST_PREV = "0" * 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """What teams are told."""

    number: int  # from 1
    prev: str  # hex SHA-256 of the notice before
    at_us: int
    reason: str  # rule id
    severity: str  # stop-use, replace-by or info
    documents: Mapping[str, Sequence[str]]  # snapshot id to the doc_ids that may not be used any more
    replaced_by: Mapping[str, str]  # snapshot id to the one that takes its place


def name(number: int) -> str:
    """Where a notice lies below the snapshots, or below a pulled folder."""
    return f"{FOLDER}/{number:06d}.note"


def path(snapshots: Path, number: int) -> Path:
    """Where a notice lies in a folder."""
    return snapshots / name(number)


def publish(
    snapshots: Path,
    key: keys.Key,
    *,
    at_us: int,
    reason: str,
    severity: str,
    documents: Mapping[str, Iterable[int]],
    replaced_by: Mapping[str, str],
    older: Sequence[str] = (),
) -> Notice:
    """Sign the next notice and put it into the feed; `older` are the notary's keys before `key`, oldest first.

    Of two writers at once, one finds the number taken and signs again with the next.
    """
    while True:
        before = contents(snapshots)
        parse(before, *older, key.vkey)
        notice = Notice(
            number=len(before) + 1,
            prev=digest(before),
            at_us=at_us,
            reason=reason,
            severity=severity,
            documents={name: [str(one) for one in sorted(ids)] for name, ids in sorted(documents.items())},
            replaced_by=dict(replaced_by),
        )
        text = canonical.entry(asdict(notice)).decode().rstrip("\n") + "\n"
        if files.put_if_absent(path(snapshots, notice.number), notes.note(key, text)):
            return notice


def contents(snapshots: Place) -> list[bytes]:
    """The bytes of all notices, unverified, in their order.

    Raises:
        EvidenceBroken: one is missing between others.
    """
    if isinstance(snapshots, Path):
        names = sorted(p.name for p in (snapshots / FOLDER).glob("*.note"))
        for number, one in enumerate(names, 1):
            if one != path(snapshots, number).name:
                raise EvidenceBroken(f"notice {number} is missing from the feed", fix="fetch the feed from its origin")
    found: list[bytes] = []
    while (content := files.read_if_any(snapshots / name(len(found) + 1))) is not None:
        found.append(content)
    return found


def digest(notices: Sequence[bytes]) -> str:
    """The hex SHA-256 of the last notice: it stands for all of them, because each names the one before."""
    return sha256(notices[-1]).hexdigest() if notices else FIRST_PREV


def read(snapshots: Place, *vkeys: str) -> list[Notice]:
    """All notices, oldest first, each with a valid signature of the notary and the hash of the one before.

    Once a newer key has signed a notice, an older one signs no more.

    Args:
        snapshots: a folder, bucket or address that holds `feed/`: a lake's snapshots, or what was pulled.
        vkeys: the notary's public keys, oldest first.

    Raises:
        EvidenceBroken: a notice is missing, forged or changed.
    """
    return parse(contents(snapshots), *vkeys)


def parse(notices: Sequence[bytes], *vkeys: str) -> list[Notice]:
    """As `read`, of bytes."""
    found: list[Notice] = []
    newest = 0
    for number, content in enumerate(notices, 1):
        newest = _signer(content, vkeys, newest)
        notice = _parse(notes.open_note(content, vkeys[newest]), number)
        if notice.number != number or notice.prev != digest(notices[: number - 1]):
            raise EvidenceBroken(f"notice {number} does not follow the one before", fix="fetch the feed again")
        found.append(notice)
    return found


def _signer(content: bytes, vkeys: Sequence[str], newest: int) -> int:
    """Which of the keys has signed, as far as the note says; the newest so far when none has."""
    _, signatures = notes.split_note(content)
    named = [i for i, vkey in enumerate(vkeys) if keys.parse(vkey)[:2] in signatures]
    return max([newest, *named])


def _parse(text: str, number: int) -> Notice:
    try:
        return Notice(**json.loads(text))
    except (ValueError, TypeError) as e:
        raise EvidenceBroken(f"notice {number} is not what a feed holds", fix="fetch the feed again") from e


def excluded(notices: Sequence[Notice], snapshot_id: str) -> pa.Array:
    """The documents of a snapshot that may not be used, ascending int64."""
    ids = {int(one) for notice in notices for one in notice.documents.get(snapshot_id, ())}
    return pa.array(sorted(ids), pa.int64())


def keep(destination: Path, there: Sequence[bytes]) -> None:
    """Bring notices that were verified to what was pulled.

    Raises:
        Replayed: they are fewer than those that are here, or others: something was taken out.
    """
    here = contents(destination)
    if len(there) < len(here):
        raise Replayed(f"the origin's feed ends at {len(there)}, ours at {len(here)}", fix="ask its keeper why")
    if list(there[: len(here)]) != here:
        raise Replayed("the origin's feed is another one than ours", fix="ask its keeper which one is true")
    for number in range(len(here), len(there)):
        files.write(path(destination, number + 1), there[number])
