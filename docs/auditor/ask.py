"""Ask a ledger in SQL, with `duckdb` and nothing else; nothing of Provender is imported.

    python ask.py LEDGER "select * from snapshots"
    python ask.py LEDGER Q06-funnel.sql run=r1

A question is a statement or a file with one; NAME=VALUE gives its $NAME. The connection can read the ledger folder
and nothing else. The views come from `derived/views.sql`, which the ledger's keeper has written: it is no evidence.
Whoever does not take the keeper's word for it has them made anew: `provender audit --evidence-only`.
"""

import os
import re
import sys
from pathlib import Path

import duckdb

DEFAULTS = {
    "snapshot": "select snapshot_id from snapshots order by created_at desc, snapshot_id desc limit 1",
    "previous": "select snapshot_id from snapshots order by created_at desc, snapshot_id desc limit 1 offset 1",
    "doc": "select min(doc_id) from decisions where outcome in ('drop', 'quarantine')",
    "run": "select run from run_order order by first_seq desc limit 1",
    "seq": "select min(seq) from rows_decisions",
    "now_us": "select max(at_us) from entries",
}


def opened(ledger: Path) -> duckdb.DuckDBPyConnection:
    """The views over a ledger, locked to its folder, which becomes the working directory."""
    os.chdir(ledger)
    connection = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    connection.execute("set enable_progress_bar = false")
    here = Path.cwd().as_posix().replace("'", "''")
    connection.execute(f"set allowed_directories = ['{here}', '.']")
    connection.execute("set enable_external_access = false")  # before the keeper's SQL, which may say anything
    connection.execute(Path("derived/views.sql").read_text(encoding="utf-8"))
    connection.execute("set lock_configuration = true")
    return connection


def values(connection: duckdb.DuckDBPyConnection, sql: str, given: dict[str, str]) -> dict[str, object]:
    """What each $NAME of the statement is: as given, or found in the ledger."""
    names = dict.fromkeys(re.findall(r"\$([a-z_]+)", sql))
    missing = [name for name in names if name not in given and name not in DEFAULTS]
    if missing:
        sys.exit(f"the question needs {', '.join(missing)}: give NAME=VALUE")
    found: dict[str, object] = {}
    for name in names:
        rows = [] if name in given else connection.execute(DEFAULTS[name]).fetchall()
        found[name] = given.get(name, rows[0][0] if rows else None)
    if "doc" in found:
        connection.execute(f"set variable doc_files = files_of({int(str(found['doc']))})")
    return found


def main() -> None:
    """Run as a program."""
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    asked = Path(sys.argv[2])
    sql = asked.read_text(encoding="utf-8") if asked.suffix == ".sql" else sys.argv[2]
    given = dict(one.split("=", 1) for one in sys.argv[3:])
    connection = opened(Path(sys.argv[1]))
    answer = connection.sql(sql, params=values(connection, sql, given) or None)
    answer.show(max_width=100_000, max_rows=100_000, max_col_width=100_000)


if __name__ == "__main__":
    main()
