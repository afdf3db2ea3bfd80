"""Every question has the answer on the demo ledger that its drawing says; the views keep their contract."""

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from pipeline.errors import UsageError
from pipeline.ledger import log, merkle, queries, views
from pipeline.schemas.ledger import KINDS
from tests.ledger import demo

ANSWERS = (demo.HERE / "answers.txt").read_text(encoding="utf-8")
SHORT = {"tag": "aa" * 16, "hmac": "20" * 32}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo.made(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def opened(ledger: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """All views, the private ones too, as a named inspector has them."""
    with views.connect_private(ledger, documents=[], index=[demo.index(ledger.parent)]) as connection:
        yield connection


def expected() -> list[tuple[str, dict[str, str], str]]:
    found = []
    for section in re.split(r"^== ", ANSWERS, flags=re.MULTILINE)[1:]:
        head, _, answer = section.partition("\n")
        name, *given = head.split()
        values = dict(one.split("=") for one in given)
        values |= {k: SHORT[k] for k in values if k in SHORT}
        values |= {"doc": str(demo.document(values["doc"]))} if "doc" in values else {}
        found.append((name, values, answer.strip("\n") + "\n"))
    return found


@pytest.mark.parametrize(("name", "given", "answer"), expected(), ids=lambda one: str(one)[:40])
def test_the_answer_is_the_one_worked_out_by_hand(
    opened: duckdb.DuckDBPyConnection, name: str, given: dict[str, str], answer: str
) -> None:
    assert demo.answer(queries.run(opened, name, given)) == answer


def test_every_question_has_an_answer_in_the_drawing() -> None:
    missing = {one.name for one in queries.list_queries()} - {name for name, _, _ in expected()}
    assert missing == set(), "draw rows for it in demo.txt if need be, and its answer in answers.txt"


def test_kept_answers_and_computed_ones_are_the_same(ledger: Path) -> None:
    views.write(ledger)
    for is_used in (True, False):
        with views.connect(ledger, is_derived_used=is_used) as connection:
            for name, given, answer in expected():
                if name != "Q09":
                    assert demo.answer(queries.run(connection, name, given)) == answer


def test_the_questions_run_with_duckdb_alone_over_a_read_only_folder(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    views.write(ledger)
    monkeypatch.chdir(ledger)
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as connection:
        connection.execute(Path("derived/views.sql").read_text(encoding="utf-8"))
        for name, given, answer in expected():
            if name != "Q09":
                assert demo.answer(queries.run(connection, name, given)) == answer


def test_a_leaf_hash_of_the_question_leads_to_the_root_that_the_entry_names(
    opened: duckdb.DuckDBPyConnection, ledger: Path
) -> None:
    entry = next(e for e in log.entries(ledger, kind="decisions"))
    leaves = [bytes.fromhex(r["leaf_sha256"]) for r in queries.run(opened, "Q23").to_pylist()]
    assert merkle.root(leaves).hex() == entry["rows_root"]
    row = [str(demo.document("1.0")), "keep", "LIC.R003", 1, *[None] * 8, "e1" * 32, None]
    assert leaves[0] == sha256(b"\0" + json.dumps(row, separators=(",", ":")).encode()).digest()


# --- The contract -----------------------------------------------------------------------------------------------------


def columns(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """View to its columns with types, in order."""
    found: dict[str, list[str]] = {}
    sql = """select table_name, column_name || ' ' || data_type from duckdb_columns()
        where not internal and table_name not like 'rows_%' and table_name <> 'checkpoint_files'
        order by table_name, column_index"""
    for view, column in connection.execute(sql).fetchall():
        found.setdefault(view, []).append(column)
    return found


def contract() -> dict[str, list[str]]:
    lines = (demo.HERE / "views_v1.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split(": ", 1) for line in lines if line and not line.startswith("#"))
    return {view: said.split(", ") for view, said in pairs}


def test_the_views_keep_every_column_and_type_of_contract_v1(opened: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    log.append(tmp_path, log.Entry(kind="events", key="e", at_us=1, actor="t"))
    with views.connect(tmp_path) as empty:
        for found in (columns(opened), columns(empty)):
            for view, said in contract().items():
                # A view may get columns; what is there keeps its name, its type and its order.
                assert [one for one in found.get(view, []) if one in said] == said


def test_every_segment_kind_has_a_view_of_its_rows_even_before_the_first(tmp_path: Path) -> None:
    with views.connect(tmp_path) as connection:
        for kind, schema in KINDS.items():
            rows = queries.table(connection, f"select * from rows_{kind}", {})
            assert rows.num_rows == 0
            assert len(rows.column_names) == 2 + len(schema)


def test_nothing_is_written_and_nothing_outside_is_read_through_the_locked_connection(
    ledger: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with views.connect(ledger) as connection:
        for sql in (
            f"select * from read_csv('{tmp_path}/secret.csv')",
            f"copy (select 1) to '{tmp_path}/out.csv'",
            f"copy (select 1) to '{ledger}/out.csv'",
            "set enable_external_access = true",
            "attach 'x.db'",
            "install httpfs",
            "drop view decisions",
            "select 1; select 2",
            "create table t as select 1",
        ):
            with pytest.raises(UsageError):
                queries.select(connection, sql)
        assert queries.select(connection, "select count(*) as n from decisions").column("n").to_pylist() == [55]
    assert not (ledger / "out.csv").exists()


def test_public_views_hold_no_url_locator_or_text(opened: duckdb.DuckDBPyConnection, ledger: Path) -> None:
    with views.connect(ledger) as connection:
        found = columns(connection)
        private = queries.table(connection, "select * from locators", {})
        index = queries.table(connection, "select * from subject_index", {})
    assert (private.num_rows, index.num_rows) == (0, 0)
    named = {one.split(" ")[0] for view, said in found.items() if view not in queries.PRIVATE for one in said}
    assert not named & {"url", "locator", "text", "file_name", "subject_tag", "author_name", "value_found"}
    assert pa.types.is_string(private.schema.field("url").type)
