"""The private views, for a named inspector: the use is an entry of the ledger before anything is shown."""

from hashlib import sha256
from pathlib import Path

import duckdb
import pyarrow as pa

from pipeline.errors import UsageError
from pipeline.ledger import log, queries, views
from pipeline.schemas.ledger import KINDS
from pipeline.store.lake import Lake


def open_private(lake: Lake, inspector: str, reason: str, *, question: str, at_us: int) -> duckdb.DuckDBPyConnection:
    """A connection with the public views and `locators` and `subject_index`; who opened it and why is an entry.

    Args:
        lake: the lake; who calls this can read its private folder.
        inspector: a name.
        reason: why, without anything personal.
        question: what is asked: a query's name, SQL, or `prompt`; SQL is kept as its hash, for it may hold values.
        at_us: now.

    Raises:
        UsageError: no name or no reason.
    """
    if not inspector.strip() or not reason.strip():
        raise UsageError("an inspection has a name and a reason", fix="--inspector NAME 'REASON'")
    is_named = queries.is_name(question) or question == "prompt"
    said = question if is_named else f"sql {sha256(question.encode()).hexdigest()}"
    row = {"inspector": inspector, "reason": reason, "question": said}
    entry = log.Entry(kind="inspections", key=f"inspection by {inspector} at {at_us}", at_us=at_us, actor=inspector)
    log.append(lake.ledger, entry, pa.Table.from_pylist([row], KINDS["inspections"]))
    return views.connect_private(lake.ledger, documents=_documents(lake), index=_index(lake))


def _documents(lake: Lake) -> list[Path]:
    """Documents as they were read, of batches that the log names."""
    entries = log.entries(lake.ledger, kind="decisions", stage="documents")
    found = (lake.documents(str(e["run"]), "documents", int(str(e["batch"]))) for e in entries)
    return [path for path in found if path.is_file()]


def _index(lake: Lake) -> list[Path]:
    return sorted((lake.private / "index").glob("*/*/*.parquet"))
