"""Every question's answer on the demo's lake, as text that is the same after each run of the demo.

    python -m tests.e2e.answers LAKE      writes answers.txt anew: read the differences before you commit them

Left out are columns of times, keys, versions and hashes. Of a long answer the first rows are shown, and a hash of all.
"""

import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pyarrow as pa

from pipeline.ledger import queries, views
from pipeline.store.lake import Lake
from tests.ledger import demo

FILE = Path(__file__).parent / "answers.txt"
GIVEN = {"tag": "00" * 16, "hmac": "00" * 32}
CHANGING = ("code", "config", "detector", "key_id", "oldest", "source")
CHANGING_ENDS = ("_at", "_us", "_sha256", "at_time")
SHOWN = 8


def is_same_each_time(name: str) -> bool:
    return name not in CHANGING and not name.endswith(CHANGING_ENDS)


def answer(rows: pa.Table) -> str:
    """The drawing of an answer, without what changes."""
    title, *lines = demo.answer(rows.select([n for n in rows.column_names if is_same_each_time(n)])).splitlines()
    lines.sort()  # rows may be equal but for what is left out
    head = "\n".join([title, *lines[:SHOWN]])
    if rows.num_rows <= SHOWN:
        return head
    return f"{head}\n({rows.num_rows} rows, {sha256(chr(10).join(lines).encode()).hexdigest()[:16]})"


def answers(lake: Path) -> Iterator[tuple[str, str]]:
    """Name and answer of every question, from the evidence alone."""
    with views.connect(Lake(lake).ledger, is_derived_used=False) as connection:
        for query in queries.list_queries():
            given = {name: value for name, value in GIVEN.items() if name in query.parameters}
            yield query.name, answer(queries.run(connection, query.name, given))


def expected() -> dict[str, str]:
    """Name to answer, as committed."""
    sections = FILE.read_text(encoding="utf-8").split("== ")[1:]
    return {name: said.strip("\n") for name, _, said in (one.partition("\n") for one in sections)}


if __name__ == "__main__":
    FILE.write_text("\n".join(f"== {name}\n{said}\n" for name, said in answers(Path(sys.argv[1]))), encoding="utf-8")
