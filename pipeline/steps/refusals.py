"""Reports opt-out lists against snapshots: which of their documents a rights holder has refused since."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.errors import InputMalformed, InputMissing
from pipeline.kernels import optouts
from pipeline.kernels.optouts import OptOuts
from pipeline.ledger import log, queries, views
from pipeline.readers import optouts as lists
from pipeline.schemas import conform
from pipeline.schemas.ledger import KINDS
from pipeline.steps import publishers, runs
from pipeline.store.lake import Lake

Match = tuple[int, str, str]  # doc_id, kind, list
COLUMNS = ("doc_id", "text", "url", "author", "repository")
READ_ROWS = 1024
MEMBERS = "select doc_id from snapshot_docs where snapshot_id = $snapshot order by doc_id"
KNOWN = "select snapshot_id, run from snapshots where state <> 'revoked' order by snapshot_id"


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What the lists name in one snapshot."""

    snapshot_id: str
    n_documents: int
    n_unchecked: int  # whose text and address are no longer kept
    matches: tuple[Match, ...]

    def counts(self) -> dict[str, int]:
        """`kind list` to documents."""
        return dict(sorted(Counter(f"{kind} {name}" for _, kind, name in self.matches).items()))


def report(lake: Lake, folder: Path, snapshots: Sequence[str], actor: str) -> list[Report]:
    """Look every document of the snapshots up in the lists of `folder`, and append what they name to the ledger.

    Args:
        lake: where the snapshots were frozen.
        folder: opt-out lists.
        snapshots: ids; every snapshot that is not revoked where none is given.
        actor: who asks.

    Raises:
        InputMissing: no list in the folder, or no such snapshot.
        InputMalformed: a list cannot be read.
    """
    listed = lists.read(folder)
    if listed.problems:
        first = listed.problems[0]
        raise InputMalformed(f"{first.file} line {first.line}: {first.message}", fix=first.fix)
    if not listed.entries.num_rows:
        raise InputMissing("no opt-out lists", fix="give a folder with TOML or CSV lists; docs/engineer.md shows both")
    refused = publishers.compiled(listed.entries)
    found = [_report(lake, name, run, refused) for name, run in _named(lake, snapshots)]
    for one in found:
        _append(lake, one, listed.sha256, actor)
    return found


def _named(lake: Lake, wanted: Sequence[str]) -> list[tuple[str, str]]:
    known = {row["snapshot_id"]: row["run"] for row in _ask(lake, KNOWN, {}).to_pylist()}
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise InputMissing(f"no snapshot {unknown[0]}", fix="`provender snapshot list` shows them")
    return [(name, run) for name, run in known.items() if not wanted or name in wanted]


def _ask(lake: Lake, sql: str, values: dict[str, object]) -> pa.Table:
    with views.connect(lake.ledger) as connection:
        return queries.table(connection, sql, values)


def _report(lake: Lake, snapshot: str, run: str, refused: OptOuts) -> Report:
    members = _ask(lake, MEMBERS, {"snapshot": snapshot}).column("doc_id").combine_chunks()
    batches = pc.unique(pc.shift_right(members, 32)).to_pylist()
    seen, matches = 0, []
    for batch in batches:
        for table in _documents(lake.documents(run, "documents", batch), members):
            seen += table.num_rows
            matches += list(_matches(table, refused))
    return Report(
        snapshot_id=snapshot, n_documents=len(members), n_unchecked=len(members) - seen, matches=tuple(matches)
    )


def _documents(path: Path, members: pa.Array) -> Iterator[pa.Table]:
    if not path.is_file():
        return
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(READ_ROWS, columns=list(COLUMNS)):
            table = pa.Table.from_batches([batch])
            yield table.filter(pc.is_in(table.column("doc_id"), members))


def _matches(table: pa.Table, refused: OptOuts) -> Iterator[Match]:
    for doc_id, text, url, author, repository in zip(*(table.column(n).to_pylist() for n in COLUMNS), strict=True):
        named = optouts.find(refused, url=url, author=author, repository=repository, text=text)
        if named is not None:
            kind, _, name = named.partition(" ")
            yield doc_id, kind, name


def _append(lake: Lake, found: Report, lists_sha256: str, actor: str) -> None:
    if not found.matches:
        return
    at = runs.now_us()
    n = len(found.matches)
    rows = conform(
        {
            "snapshot_id": [found.snapshot_id] * n,
            "doc_id": [doc for doc, _, _ in found.matches],
            "list": [name for _, _, name in found.matches],
            "kind": [kind for _, kind, _ in found.matches],
            "lists_sha256": [lists_sha256] * n,
            "reported_at_us": [at] * n,
        },
        KINDS["opt_out_matches"],
    )
    key = f"opt_out_matches/{found.snapshot_id}/{lists_sha256}"
    entry = log.Entry(
        kind="opt_out_matches", key=key, at_us=at, actor=actor, details={"snapshot_id": found.snapshot_id}
    )
    log.append(lake.ledger, entry, rows)
