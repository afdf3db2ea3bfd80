"""harlequin over the public views: the adapter that `provender audit` opens it with, where it is installed.

harlequin's own adapter takes every statement, and DuckDB may write where it may read. This one asks the connection that
`provender audit` asks, and takes what its plain prompt takes. Nothing else of ours imports this.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harlequin import HarlequinAdapter
from harlequin.exception import HarlequinQueryError
from harlequin.options import FlagOption
from harlequin_duckdb.adapter import DuckDbConnection, DuckDbCursor

from pipeline.cli.audit import settings_of
from pipeline.errors import UsageError
from pipeline.ledger import queries, views

REFUSED = "Not one select statement over the views, and no question"


class AuditConnection(DuckDbConnection):
    """A locked connection that answers questions by name and single select statements."""

    def execute(self, query: str) -> DuckDbCursor | None:
        """The rows of `Q04 doc=12` or of one select statement; None when it was interrupted."""
        try:
            name, _, settings = query.strip().partition(" ")
            if queries.is_name(name):
                answer = queries.run(self.conn, name, settings_of(settings.split()))
                return DuckDbCursor(self, self.conn.from_arrow(answer))
            with self.conn.cursor() as reader:
                queries.require_select(reader, query)
        except UsageError as e:
            raise HarlequinQueryError(msg=str(e), title=REFUSED) from e
        return super().execute(query)


class AuditAdapter(HarlequinAdapter):
    """`harlequin -a provender LEDGER`, which `provender audit` calls."""

    ADAPTER_OPTIONS = (FlagOption("evidence-only", "Use no kept answers of derived/."),)
    IMPLEMENTS_CANCEL = True
    IMPLEMENTS_CATALOG_SEARCH = True
    IMPLEMENTS_VALIDATE_SQL = False  # it would refuse a question's name before it is asked
    ADAPTER_DETAILS = "The public views of a Provender ledger, read-only."

    def __init__(self, conn_str: Sequence[str], *, evidence_only: bool = False, **_: Any) -> None:
        self.ledger = Path(conn_str[0])
        self.is_derived_used = not evidence_only

    def connect(self) -> AuditConnection:
        """The views, loaded and locked."""
        connection = views.connect(self.ledger, is_derived_used=self.is_derived_used)
        return AuditConnection(connection, init_message="Views of the ledger, read-only. Q06 asks a named question.")
