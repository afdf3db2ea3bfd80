"""Tombstones: what was erased stays out of later runs, changed a little or not, and says nothing about its words."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from pipeline.ledger import log
from pipeline.rules import requests as rules
from pipeline.rules.duplicates import duplicate_rules
from pipeline.schemas import DECISIONS, conform
from pipeline.schemas.private import TOMBSTONES
from pipeline.stages import duplicates as stage
from pipeline.stages.duplicates import tombstones as sketches
from pipeline.steps import copies, finding, requests, tombstones
from pipeline.steps.finishing import Outcome, finish
from pipeline.steps.runs import Context
from pipeline.store import parquet
from pipeline.store.lake import Lake
from tests.steps.test_copies import WORDS, documents, started

SOURCES = {1: "wiki", 2: "wiki", 9: "wiki"}
random = np.random.default_rng(3)
BASE = random.permutation(WORDS)[:200].tolist()
OTHER = random.permutation(WORDS)[:200].tolist()


def changed(words: list[str], n: int) -> str:
    """The text with `n` of its words replaced, far from each other."""
    step = max(1, len(words) // n) if n else len(words) + 1
    return " ".join("new" if n and i % step == 0 else word for i, word in enumerate(words))


def prepared(lake: Lake, run: str, texts: list[str], batch: int, hmacs: list[bytes] | None = None) -> Context:
    """A run up to the stage quality; its documents also as they were read."""
    table = documents(texts, [batch] * len(texts), SOURCES)
    if hmacs:
        at = table.schema.get_field_index("content_hmac")
        table = table.set_column(at, table.schema.field(at), pa.array(hmacs, pa.binary(32)))
    context = started(lake, run, table, {})
    parquet.write(lake.documents(run, "documents", batch), table)
    return context


def run(context: Context, batch: int) -> pa.Table:
    copies.duplicates(context)
    (entry,) = log.entries(context.lake.ledger, kind="decisions", run=context.plan.run, stage="duplicates")
    assert entry["batch"] == batch
    return parquet.read(context.lake.ledger / str(entry["path"]), DECISIONS)


def test_a_later_run_drops_what_is_much_like_an_erased_text_and_names_its_tombstone(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    first = prepared(lake, "one", [" ".join(BASE), " ".join(OTHER)], 1)
    run(first, 1)
    _read(first, 1, [b"\1" * 32, b"\2" * 32])
    tombstones.bury(lake, pa.array([1 << 32], pa.int64()), "req-1", rules.reason("delete"))

    second = prepared(lake, "two", [changed(BASE, 3), changed(BASE, 60), " ".join(OTHER), " ".join(BASE).upper()], 2)
    got = run(second, 2)

    assert got.column("outcome").to_pylist() == ["drop", "keep", "keep", "drop"]
    assert got.column("rule_id").to_pylist()[0] == "DUP.R008"
    assert got.column("evidence_sha256").to_pylist() == [b"\1" * 32, None, None, b"\1" * 32]
    assert (got.column("score_ppm")[3].as_py(), got.column("kept_doc_id").to_pylist()) == (1_000_000, [None] * 4)


def _read(context: Context, batch: int, hmacs: list[bytes]) -> None:
    """Let the ledger know the content HMACs, as the stage documents gives them."""
    n = len(hmacs)
    decided = {"doc_id": [batch << 32 | i for i in range(n)], "outcome": ["keep"] * n, "rule_id": ["DOC.R000"] * n}
    decided |= {"rule_version": [1] * n, "content_hmac": hmacs, "n_chars": [9] * n}
    columns = {name: pa.array(values, DECISIONS.field(name).type) for name, values in decided.items()}
    append = Context(lake=context.lake, plan=context.plan)
    finish(append, "documents", batch + 100, "wiki", Outcome(decisions=conform(columns, DECISIONS)))


@pytest.mark.parametrize(("words", "is_kept_out"), [(0, True), (2, True), (5, True), (40, False), (200, False)])
def test_how_much_may_change_before_a_text_counts_as_another(words: int, is_kept_out: bool) -> None:
    key = b"k" * 32
    old = stage.measure(_texts([" ".join(BASE)]))
    grave = sketches.buried(pa.table({"doc_id": [0], "content_hmac": pa.array([b"h" * 32], pa.binary(32))}), old, key)
    new = stage.measure(_texts([changed(BASE, words)], first=50))

    got = sketches.returned(new, grave, key, duplicate_rules())

    assert got.column("doc_id").to_pylist() == ([50] if is_kept_out else [])
    assert sketches.returned(new, grave, b"x" * 32, duplicate_rules()).num_rows == 0, "without the key they say nothing"


def _texts(rows: list[str], first: int = 0) -> pa.Table:
    return pa.table({"doc_id": pa.array(range(first, first + len(rows)), pa.int64()), "text": rows})


def test_a_tombstone_holds_neither_words_nor_the_signature_that_could_be_tried_on_words(tmp_path: Path) -> None:
    measures = stage.measure(_texts(["", " ".join(BASE)]))
    gone = pa.table({"doc_id": [0, 1], "content_hmac": pa.array([b"a" * 32, b"b" * 32], pa.binary(32))})

    got = sketches.buried(gone, measures, b"k" * 32)

    assert got.schema == TOMBSTONES
    empty, held = got.column("sketch").to_pylist()
    assert empty is None, "a text without words is like nothing"
    values, plain = (set(np.frombuffer(one, "<u4")) for one in (held, measures.column("signature")[1].as_py()))
    assert not values & plain


def test_a_tombstone_survives_a_second_burial_when_the_text_is_gone(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    context = prepared(lake, "one", [" ".join(BASE), " ".join(OTHER)], 1)
    _read(context, 1, [b"\1" * 32, b"\2" * 32])
    ids = pa.array([1 << 32], pa.int64())
    assert tombstones.bury(lake, ids, "req-1", rules.reason("delete")) == 1
    lake.documents("one", "documents", 1).unlink()

    both = pa.array([1 << 32, (1 << 32) + 1], pa.int64())
    assert tombstones.bury(lake, both, "req-1", rules.reason("delete")) == 2

    sketched = tombstones.tombstones(lake).column("sketch").is_valid().to_pylist()
    assert sketched == [True, False], "the second's text was gone before it was buried"
    assert tombstones.hmacs(lake).to_pylist() == [b"\1" * 32, b"\2" * 32]


def test_tombstones_of_before_sketches_still_count(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    old = pa.table({"doc_id": pa.array([5], pa.int64()), "content_hmac": pa.array([b"o" * 32], pa.binary(32))})
    parquet.write(lake.tombstones / "req-0.parquet", old)

    assert tombstones.hmacs(lake).to_pylist() == [b"o" * 32]
    assert tombstones.tombstones(lake).schema == TOMBSTONES


@pytest.mark.parametrize(
    ("kind", "said"),
    [("delete", "near"), ("rights-notice", "near"), ("correct", "exact"), ("licence-changed", "none")],
)
def test_what_stays_out_is_said_by_the_reason(tmp_path: Path, kind: str, said: str) -> None:
    lake = Lake(tmp_path)
    context = prepared(lake, "one", [" ".join(BASE)], 1)
    _read(context, 1, [b"\1" * 32])
    name = str(requests.open_request(lake, kind, actor="desk")["request_id"])

    requests.withdraw(lake, name, [1 << 32], actor="desk")

    found = tombstones.tombstones(lake)
    assert found.num_rows == (said != "none")
    assert found.column("sketch").is_valid().to_pylist() == {"near": [True], "exact": [False], "none": []}[said]


def test_what_is_like_a_document_is_found_in_every_run(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    one = prepared(lake, "one", [" ".join(BASE), changed(BASE, 2), " ".join(OTHER)], 1)
    run(one, 1)
    two = prepared(lake, "two", [changed(BASE, 4), "quite another text of some words that is like none"], 2)
    run(two, 2)
    name = str(requests.open_request(lake, "delete", actor="desk")["request_id"])

    got = finding.by_document(lake, name, [1 << 32], actor="desk")

    rows = got.select(["doc_id", "found"]).to_pylist()
    assert rows == [
        {"doc_id": 1 << 32, "found": "document"},
        {"doc_id": (1 << 32) + 1, "found": "duplicate"},
        {"doc_id": 2 << 32, "found": "near"},
    ]
    (entry,) = log.entries(lake.ledger, kind="subject_lookups")
    assert (entry["actor"], entry["rows"]) == ("desk", 1)


def test_a_number_in_a_text_that_was_dropped_before_anybody_looked_for_persons_is_found(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    texts = [
        "call 138-0013 8000 today",
        "call +86 13800138000",
        "no 138001380001",
        "a １３８００１３８０００ b",
        "none",
    ]
    prepared(lake, "one", texts, 1)
    name = str(requests.open_request(lake, "delete", actor="desk")["request_id"])

    got = finding.by_identifier(lake, name, "13800138000", "CN_MOBILE", actor="desk")

    assert [(row["doc_id"] & 0xFF, row["found"]) for row in got.to_pylist()] == [(0, "text"), (1, "text"), (3, "text")]


def test_erasing_takes_measures_and_index_rows_too(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    context = prepared(lake, "one", [" ".join(BASE), " ".join(OTHER)], 1)
    run(context, 1)

    changed_files = requests.rewrite_lake(lake, pa.array([1 << 32], pa.int64()), _order())

    assert changed_files > 2
    left = [pq.read_table(p).column("doc_id") for p in (lake.root / "measures").rglob("*.parquet")]
    assert left
    assert not any(pc.any(pc.equal(one, 1 << 32)).as_py() for one in left)


def _order() -> requests.Order:
    return requests.Order(request_id="req-1", reason=rules.reason("delete"), actor="desk", at_us=1)
