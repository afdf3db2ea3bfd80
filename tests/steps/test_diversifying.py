"""The mix of a run reaches the ledger on every axis, and its topics the snapshot."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipeline.ledger import queries, views
from pipeline.schemas.diversity import AXES, TOPICS
from pipeline.steps import diversifying, mixture, runs
from pipeline.steps.runs import Context
from pipeline.steps.stages import Work
from pipeline.store import parquet
from pipeline.store.lake import Lake
from tests.steps.test_copies import documents, started

TEA, TAX = "The tea is good and the water is warm; tea wants water.", "税收征收税收征收，依法税收。"
SECRET = "Zhangsan and again Zhangsan, who was here once, Zhangsan."


@pytest.fixture
def measured(tmp_path: Path) -> Context:
    """Eight documents about tea, seven about taxes, one about a person; two of those about tea do not go on."""
    rows = [TEA] * 8 + [TAX] * 7 + [SECRET]
    found = documents([f"{text} {n}" for n, text in enumerate(rows)], [1] * 8 + [2] * 8, {1: "web", 2: "laws"})
    urls = pa.array([f"https://www.example.org/{n}" if n < 6 else None for n in range(16)])
    found = found.set_column(found.column_names.index("url"), "url", urls)
    context = started(Lake(tmp_path), "r", found, {})
    for batch in (1, 2):
        own = found.filter(pc.equal(pc.shift_right(found.column("doc_id"), 32), batch))
        parquet.write(context.lake.documents("r", "documents", batch), own)
        parquet.write(context.lake.documents("r", "personal", batch), own.slice(2) if batch == 1 else own)
    diversifying.diversity(context)
    return context


def mix(context: Context, axis: str) -> list[tuple[str, int, int]]:
    with views.connect(context.lake.ledger) as connection:
        sql = "select value, docs_before, docs_after from mixes where axis = $axis order by docs_before desc, value"
        rows = queries.table(connection, sql, {"axis": axis}).to_pylist()
    return [(row["value"], row["docs_before"], row["docs_after"]) for row in rows]


def test_every_axis_is_in_the_ledger_before_and_after(measured: Context) -> None:
    assert {axis for axis in AXES if not mix(measured, axis)} == set()
    assert mix(measured, "source") == [("laws", 8, 8), ("web", 8, 6)]
    assert mix(measured, "script") == [("Latin", 9, 7), ("Han", 7, 7)]
    assert mix(measured, "domain") == [("none", 10, 10), ("example.org", 6, 4)]
    assert mix(measured, "time") == [("1970", 16, 14)]
    assert {value: n for value, n, _ in mix(measured, "texts")}["sampled"] == 16
    assert ("lang:greatest_ppm", 1_000_000, 1_000_000) in mix(measured, "concentration")


def test_documents_have_the_topic_that_the_run_found(measured: Context) -> None:
    (tax, tea), other = mix(measured, "topic")[:2], mix(measured, "topic")[2]

    kept = parquet.read(mixture.topics_path(measured), TOPICS).column("topic").to_pylist()

    assert sorted((tax[1:], tea[1:])) == [(7, 7), (8, 6)]
    assert other == ("other", 1, 1)
    assert kept.count(None) == 1
    assert set(mixture.sampling(measured).column("topic").to_pylist()) == {tax[0], tea[0], None}


def test_a_word_that_one_document_repeats_is_nowhere_in_the_ledger(measured: Context) -> None:
    for path in measured.lake.ledger.rglob("*.parquet"):
        assert "zhangsan" not in str(parquet.read(path).to_pylist()).lower()


def test_repeating_the_step_changes_nothing(measured: Context) -> None:
    before = {path: path.read_bytes() for path in measured.lake.ledger.rglob("*") if path.is_file()}

    diversifying.diversity(measured)

    assert {path: path.read_bytes() for path in measured.lake.ledger.rglob("*") if path.is_file()} == before


def test_what_came_in_is_measured_alike_by_workers_and_leaves_nothing_behind(measured: Context) -> None:
    batches = list(runs.batches(measured))
    alone = [diversifying._measured(measured, batch) for batch in batches]
    assert sorted(path.name for path in (measured.lake.root / "measures" / "r").iterdir()) == ["diversity", "quality"]

    for batch in batches:
        source = runs.batches(measured)[batch]
        diversifying.decide_diversity(Work(context=measured, batch=batch, source_id=source))

    assert len(list((measured.lake.root / "measures" / "r" / "came").iterdir())) == len(batches)
    assert [diversifying._measured(measured, batch) for batch in batches] == alone
