"""Verification: every byte of log, tiles, keys, checkpoints and segments is what was signed. Reads only."""

import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from pipeline.engines import local
from pipeline.errors import InputMalformed, ProvenderError
from pipeline.ledger import canonical, hashing, keys, log, policy, segments, signed
from pipeline.ledger.policy import Policy
from pipeline.ledger.segments import Named
from pipeline.store import files
from pipeline.store.files import Place

QUICK, FULL = "quick", "full"
CHUNK_FILES, CHUNK_ROWS = 200, 2_000_000
_PLACES = re.compile(
    r"log/|seg/|derived/|swept/|keys/(trusted-keys\.json|policy\.tlog)$"
    r"|tlog/(checkpoint$|tile/|checkpoints/|cosignatures/)"
)
THREADS = 4
"""Up to so many workers are threads: a sixth of the time holds the interpreter, a process starts in a second."""
CHUNKS = 4  # a worker, at least: the last ones end at about the same time
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """How much is recomputed. Files, log and signatures always are; rows as `mode` says.

    `quick`: no rows: the files are the ones that were signed. `sample`: the rows of that many segments. `full`: all.
    """

    mode: str = FULL
    sample: int = 0
    seed: str | None = None  # None draws afresh, so that nobody knows beforehand what is looked at
    workers: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What was verified. `unsigned` entries came after the newest checkpoint: nobody stands for them yet."""

    entries: int
    segments: int
    rows: int
    rows_verified: int
    checkpoints: int
    checkpoint_size: int
    checkpoint_root: str
    signed_at_us: int | None
    unsigned: int
    witnessed: int  # entries under a checkpoint that a quorum has cosigned
    quorum: str
    disowned: int  # checkpoints that only a revoked key has signed: they prove nothing


def _silent(what: str, done: int, total: int) -> None:
    del what, done, total


def verify(
    ledger: Place,
    *,
    vkey: str | None = None,
    asked: Policy | None = None,
    scope: Scope | None = None,
    kept: bytes | None = None,
    progress: Progress = _silent,
) -> Report:
    """Recompute what the ledger claims; a report when all of it holds.

    An attacker who holds the notary's key can rewrite a ledger whole. Compare the checkpoint with one kept outside,
    or bring a policy: `witnessed` says how much outsiders stand for.

    Args:
        ledger: a folder or a bucket.
        vkey: a public key of the notary as known from outside; None takes the ledger's own word for it.
        asked: whose cosignatures are enough; None takes the ledger's own policy.
        scope: how many rows are recomputed; None is all of them, in this process.
        kept: the bytes of a checkpoint that was taken out earlier: the log must still begin with what it signs.
        progress: called with what is verified, how many are done, and of how many.

    Raises:
        EvidenceBroken: names the first entry, checkpoint, tile, key list, segment or row that does not hold.
    """
    scope = scope or Scope()
    contents = _log(ledger)
    named = [_entry(content, number) for number, content in enumerate(contents)]
    _chain(contents, named)
    _keyed_once(named)
    _layout(ledger)
    _listed(ledger)
    said = signed.checked(ledger, contents, vkey=vkey, asked=asked)
    if kept is not None:
        signed.require_kept(ledger, contents, kept)
    first = segments.named_once(named)
    verified = _segments(ledger, first, scope, progress)
    newest = said.newest
    return Report(
        entries=len(contents),
        segments=len(first),
        rows=sum(segments.count(one, "rows") for _, one in first),
        rows_verified=verified,
        checkpoints=said.checkpoints,
        checkpoint_size=newest.size if newest else 0,
        checkpoint_root=newest.root.hex() if newest else "",
        signed_at_us=newest.signed_at_us if newest else None,
        unsigned=len(contents) - (newest.size if newest else 0),
        witnessed=said.witnessed,
        quorum=said.quorum,
        disowned=said.disowned,
    )


def _log(ledger: Place) -> list[bytes]:
    """The bytes of all entries; a file that the numbering does not reach means that one before it is gone."""
    contents = list(log.raw(ledger))
    found = {f"log/{name}" for name in files.listed(ledger / "log")}
    strange = sorted(found - {log.entry_name(n) for n in range(len(contents))})
    if strange and log.is_entry_name(strange[0]):
        raise segments.broken(f"entry {len(contents)} is missing, but {strange[0]} is there")
    if strange:
        raise segments.broken(f"{strange[0]} is no entry")
    return contents


def _entry(content: bytes, number: int) -> dict[str, object]:
    try:
        got = json.loads(content)
        is_canonical = isinstance(got, dict) and canonical.entry(got) == content and _is_typed(got)
    except (ValueError, RecursionError, ProvenderError):
        is_canonical = False
    if not is_canonical:
        raise segments.broken(f"entry {number} is not the JSON that the log writes")
    if not segments.is_named_right(got):
        raise segments.broken(f"entry {number} names a segment that is not where its kind and hash say")
    return dict(got)


def _is_typed(said: Mapping[str, object]) -> bool:
    """Whether every field of an entry is there and of its type."""
    return all(name in said and type(said[name]) in kinds for name, kinds in log.TYPES.items())


def _keyed_once(named: Sequence[Mapping[str, object]]) -> None:
    """Return when no key of idempotency stands twice: every writer reads the log before it appends."""
    first: dict[object, int] = {}
    for number, one in enumerate(named):
        if first.setdefault(one["key"], number) != number:
            raise segments.broken(f"entry {number} repeats the key of entry {first[one['key']]}")


def _layout(ledger: Place) -> None:
    """Return when the folder holds plain files in their places: a link leads elsewhere, and elsewhere can change."""
    if strange := files.strange(ledger):
        raise segments.broken(f"{strange[0]} is a link or no plain file")
    for name in files.listed(ledger):
        if not _PLACES.match(name):
            raise segments.broken(f"{name} is no part of a ledger")


def _chain(contents: Sequence[bytes], named: Sequence[Mapping[str, object]]) -> None:
    """Return when each entry names the hash of the one before; where one does not, the next tells which was changed."""
    hashes = [log.FIRST_PREV, *(sha256(content).hexdigest() for content in contents)]
    said = [one["prev"] for one in named]
    for number, (prev, before) in enumerate(zip(said, hashes, strict=False)):
        if prev == before:
            continue
        if number and number + 1 == len(said):
            raise segments.broken(f"entry {number - 1} or {number} was changed: the latter names another hash")
        if number == 0 or said[number + 1] != hashes[number + 1]:
            raise segments.broken(f"entry {number} was changed: it names another hash of the one before")
        raise segments.broken(f"entry {number - 1} was changed: entry {number} names another hash of it")


def _listed(ledger: Place) -> None:
    """The lists of keys and witnesses are the ones that the log makes."""
    kept = files.read_if_any(keys.trusted_path(ledger))
    expected = keys.trusted_bytes(ledger)
    if kept != expected and (kept is not None or json.loads(expected)["keys"]):
        raise segments.broken("keys/trusted-keys.json names other keys than the log")
    adopted = policy.texts(ledger)
    for one, text in zip(log.entries(ledger, kind=policy.KIND), adopted, strict=True):
        try:
            policy.parse(text)
        except InputMalformed as e:
            raise segments.broken(f"entry {one['seq']} adopts a policy that is none") from e
    if files.read_if_any(policy.path(ledger)) != (adopted[-1].encode() if adopted else None):
        raise segments.broken("keys/policy.tlog is not the policy that the log has adopted")


def _segments(ledger: Place, first: Sequence[tuple[int, Named]], scope: Scope, progress: Progress) -> int:
    """Verify each segment file once; how many rows were recomputed. Damage is reported in log order."""
    chosen = _chosen(first, scope)
    rows = sum(segments.count(one, "rows") for _, one in first)
    is_of_many = rows >= hashing.MANY and scope.mode == FULL
    most = min(CHUNK_ROWS, rows // (CHUNKS * scope.workers) + 1) if is_of_many else CHUNK_ROWS
    chunks = [
        segments.Chunk(ledger=ledger, named=part, chosen=chosen, is_of_many=is_of_many)
        for part in _chunked(first, most)
    ]
    done = 0

    def note(checked: segments.Checked) -> None:
        nonlocal done
        done += checked.files
        progress("segments", done, len(first))

    run = local.run_threads if 1 < scope.workers <= THREADS else local.run
    checked = run(segments.check, chunks, workers=scope.workers, on_done=note)
    wrong = [one.wrong for one in checked if one.wrong is not None]
    if wrong:
        raise segments.broken(min(wrong)[1])
    return sum(one.rows for one in checked)


def _chosen(first: Sequence[tuple[int, Named]], scope: Scope) -> frozenset[int] | None:
    """Numbers of the entries whose rows are recomputed; None is all."""
    if scope.mode == FULL:
        return None
    numbers = [number for number, _ in first]
    drawn = random.Random(scope.seed) if scope.seed else random.SystemRandom()  # noqa: S311
    return frozenset(drawn.sample(numbers, min(scope.sample, len(numbers)))) if scope.mode != QUICK else frozenset()


def _chunked(first: Sequence[tuple[int, Named]], most: int) -> list[list[tuple[int, Named]]]:
    chunks: list[list[tuple[int, Named]]] = []
    rows = most
    for number, one in first:
        if rows >= most or len(chunks[-1]) >= CHUNK_FILES:
            chunks.append([])
            rows = 0
        chunks[-1].append((number, one))
        rows += segments.count(one, "rows")
    return chunks
