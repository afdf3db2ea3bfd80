import subprocess
import sys
from hashlib import sha256
from json import dumps
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ledger import canonical, checkpoint, log, queries, verify, views
from pipeline.schemas.ledger import KINDS
from tests.ledger import ledgers

APPENDS = """
import sys; from pathlib import Path; from pipeline.ledger import log
for i in range(50):
    log.append(Path(sys.argv[1]), log.Entry(kind="events", key=f"{sys.argv[2]}-{i}", at_us=1, actor="t"))
"""
INT64 = st.none() | st.integers(-(2**63), 2**63 - 1)
TEXT = st.none() | st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=12)


def test_two_processes_append_without_loss_or_gap(tmp_path: Path) -> None:
    both = [subprocess.Popen([sys.executable, "-c", APPENDS, str(tmp_path), who]) for who in "ab"]
    assert [one.wait(60) for one in both] == [0, 0]
    found = {e["key"] for e in log.entries(tmp_path)}
    assert found == {f"{who}-{i}" for who in "ab" for i in range(50)}
    assert log.size(tmp_path) == verify.verify(tmp_path).entries == 100


def test_a_key_is_appended_once(tmp_path: Path) -> None:
    entry = log.Entry(kind="events", key="k", at_us=1, actor="t")
    assert [log.append(tmp_path, entry), log.append(tmp_path, entry), log.size(tmp_path)] == [0, 0, 1]


def test_many_are_appended_in_order_each_key_once(tmp_path: Path) -> None:
    many = [(log.Entry(kind="events", key=key, at_us=1, actor="t"), None) for key in ("a", "b", "a", "c")]

    assert log.append_all(tmp_path, many) == [0, 1, 0, 2]
    assert log.append_all(tmp_path, many[2:]) == [0, 2]
    assert verify.verify(tmp_path).entries == 3


@pytest.mark.parametrize("n", [255, 256, 257, 600])
def test_few_rows_and_many_rows_have_the_same_leaves(n: int) -> None:
    rows = pa.table(
        {
            "a": pa.array(range(n), pa.int64()),
            "b": ['"\\/\u007f\u2028é中😀'] * n,
            "c": [None, True] * (n // 2) + [None] * (n % 2),
        }
    )
    columns = zip(range(n), rows["b"].to_pylist(), rows["c"].to_pylist(), strict=True)
    assert canonical.leaves(rows) == b"".join(map(leaf, columns))


@settings(max_examples=60)
@given(st.lists(st.tuples(INT64, TEXT, st.none() | st.binary(max_size=8), st.none() | st.booleans()), max_size=6))
def test_the_leaf_in_sql_is_the_leaf_in_python(rows: list[tuple[int | None, str | None, bytes | None, bool]]) -> None:
    kinds = (pa.int64(), pa.string(), pa.binary(), pa.bool_())
    table = pa.table({n: pa.array([r[i] for r in rows], kinds[i]) for i, n in enumerate("abcd")})
    in_sql = canonical.leaves(pa.concat_tables([table] * 300)) if rows else b""
    assert canonical.leaves(table) == in_sql[: 32 * len(rows)] == b"".join(leaf(row) for row in rows)


def leaf(row: tuple[object, ...]) -> bytes:
    number, *rest = row
    values = [None if number is None else str(number), *(v.hex() if isinstance(v, bytes) else v for v in rest)]
    return sha256(b"\0" + dumps(values, ensure_ascii=False, separators=(",", ":")).encode()).digest()


def test_segments_from_before_a_column_was_added_are_shown_with_null_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = KINDS["mixes"]
    rows = pa.table({f.name: pa.array(["x" if pa.types.is_string(f.type) else 1], f.type) for f in now})
    with monkeypatch.context() as before:
        before.setitem(KINDS, "mixes", now.remove(len(now) - 1))
        log.append(tmp_path, log.Entry(kind="mixes", key="a", at_us=1, actor="t"), rows.select(KINDS["mixes"].names))
    for expected in ([None], [None, 1]):
        with views.connect(tmp_path) as connection:
            got = queries.table(connection, f"select {now.names[-1]} as last from rows_mixes order by seq", {})
        assert got.column("last").to_pylist() == expected
        log.append(tmp_path, log.Entry(kind="mixes", key="b", at_us=1, actor="t"), rows)


def test_a_partial_tile_stays_for_those_who_saw_its_checkpoint_until_the_full_one_is_there(tmp_path: Path) -> None:
    ledger = ledgers.made(tmp_path)
    sizes = [3]
    for n in (1, 2, 249):
        more = [(log.Entry(kind="events", key=f"{n} {i}", at_us=1, actor="t"), None) for i in range(n)]
        log.append_all(ledger, more)
        sizes.append(checkpoint.sign(ledger, ledgers.notary(ledger), at_us=9).size)
    partial = [ledger / f"tlog/tile/{kind}/000.p/{size}" for kind in ("0", "entries") for size in sizes]
    assert [place.stat().st_size for place in partial[:4]] == [32 * size for size in sizes]
    assert all(place.is_file() for place in partial)

    log.append(ledger, log.Entry(kind="events", key="last", at_us=1, actor="t"))
    checkpoint.sign(ledger, ledgers.notary(ledger), at_us=9)
    assert not any(place.exists() for place in partial)
    found = {str(p.relative_to(ledger / "tlog/tile")) for p in (ledger / "tlog/tile").rglob("*") if p.is_file()}
    assert found == {"0/000", "1/000.p/1", "entries/000"}
    ledgers.both_hold(ledger)
