"""The feed: a signed notice for every withdrawal, so that teams learn what to leave out of what they have pulled.

`snapshots/feed/000001.note`, `000002.note`, ...: each a signed note whose text is one line of canonical JSON that
names the hash of the notice before it. Nothing in it leads to a person.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

import pyarrow as pa

from pipeline.errors import EvidenceBroken
from pipeline.ledger import canonical, keys
from pipeline.store import files

FOLDER = "feed"
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


def path(snapshots: Path, number: int) -> Path:
    """Where a notice lies."""
    return snapshots / FOLDER / f"{number:06d}.note"


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
        known = read(snapshots, *older, key.vkey)
        notice = Notice(
            number=len(known) + 1,
            prev=_digest(path(snapshots, len(known))) if known else FIRST_PREV,
            at_us=at_us,
            reason=reason,
            severity=severity,
            documents={name: [str(one) for one in sorted(ids)] for name, ids in sorted(documents.items())},
            replaced_by=dict(replaced_by),
        )
        text = canonical.entry(asdict(notice)).decode().rstrip("\n") + "\n"
        if files.put_if_absent(path(snapshots, notice.number), keys.note(key, text)):
            return notice


def read(snapshots: Path, *vkeys: str) -> list[Notice]:
    """All notices, oldest first, each with a valid signature of the notary and the hash of the one before.

    Once a newer key has signed a notice, an older one signs no more.

    Args:
        snapshots: a folder that holds `feed/`: a lake's snapshots, or what was pulled.
        vkeys: the notary's public keys, oldest first.

    Raises:
        EvidenceBroken: a notice is missing, forged or changed.
    """
    found: list[Notice] = []
    newest = 0
    names = sorted(p.name for p in (snapshots / FOLDER).glob("*.note"))
    for number, name in enumerate(names, 1):
        place = path(snapshots, number)
        if name != place.name:
            raise EvidenceBroken(f"notice {number} is missing from the feed", fix="fetch the feed from its origin")
        content = files.read(place)
        newest = _signer(content, vkeys, newest)
        notice = _parse(keys.open_note(content, vkeys[newest]), number)
        if notice.number != number or notice.prev != (_digest(path(snapshots, number - 1)) if found else FIRST_PREV):
            raise EvidenceBroken(f"notice {number} does not follow the one before", fix="fetch the feed again")
        found.append(notice)
    return found


def _signer(content: bytes, vkeys: Sequence[str], newest: int) -> int:
    """Which of the keys has signed, as far as the note says; the newest so far when none has."""
    _, signatures = keys.split_note(content)
    named = [i for i, vkey in enumerate(vkeys) if keys.parse(vkey)[:2] in signatures]
    return max([newest, *named])


def _digest(place: Path) -> str:
    return sha256(files.read(place)).hexdigest()


def _parse(text: str, number: int) -> Notice:
    try:
        return Notice(**json.loads(text))
    except (ValueError, TypeError) as e:
        raise EvidenceBroken(f"notice {number} is not what a feed holds", fix="fetch the feed again") from e


def excluded(notices: Sequence[Notice], snapshot_id: str) -> pa.Array:
    """The documents of a snapshot that may not be used, ascending int64."""
    ids = {int(one) for notice in notices for one in notice.documents.get(snapshot_id, ())}
    return pa.array(sorted(ids), pa.int64())


def copy(snapshots: Path, destination: Path, *vkeys: str) -> list[Notice]:
    """Bring the feed of an origin to what was pulled, and read it there; keys as in `read`.

    Raises:
        EvidenceBroken: the origin's feed is shorter than the one that is here: something was taken out.
    """
    there, here = read(snapshots, *vkeys), read(destination, *vkeys)
    if len(there) < len(here):
        raise EvidenceBroken(f"the origin's feed ends at {len(there)}, ours at {len(here)}", fix="ask its keeper why")
    for notice in there:
        place = path(destination, notice.number)
        if not place.is_file():
            files.write(place, files.read(path(snapshots, notice.number)))
    return read(destination, *vkeys)
