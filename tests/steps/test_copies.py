"""The step `duplicates` over files gives what the pure stage gives in memory, whatever the batches."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipeline.rules.duplicates import duplicate_rules, preferences
from pipeline.schemas import DECISIONS, DOCUMENTS, SOURCE_DECISIONS, conform
from pipeline.schemas.sources import SOURCES
from pipeline.snapshots import freezing, states
from pipeline.stages import duplicates as stage
from pipeline.steps import copies, near, runs
from pipeline.steps.finishing import Outcome, finish
from pipeline.steps.runs import Context, Plan
from pipeline.store import parquet
from pipeline.store.lake import Lake

RULES = duplicate_rules()
WORDS = [f"word{i}" for i in range(900)]
LAW = "".join(chr(0x4E00 + i) for i in range(300))


def texts() -> list[str]:
    """Sixty-three documents: families of near copies, exact copies, one inside another, statutes, and strangers."""
    random = np.random.default_rng(7)
    found = []
    for _ in range(6):
        base = random.permutation(WORDS)[:120].tolist()
        found += [" ".join(base[: 120 - cut]) for cut in (0, 3, 9, 20)] + [" ".join(base).upper()]
    found += [" ".join(random.permutation(WORDS)[:100]) for _ in range(28)]
    return [*found, " ".join(found[0].split()[:60]), LAW, LAW.replace("一", "二"), LAW[:250] + LAW[260:], ""]


def documents(rows: list[str], batch_of: list[int], sources: dict[int, str]) -> pa.Table:
    ordinals: dict[int, int] = {}
    ids = []
    for batch in batch_of:
        ids.append(batch << 32 | ordinals.setdefault(batch, 0))
        ordinals[batch] += 1
    n = len(rows)
    columns = {"doc_id": ids, "source_id": [sources[b] for b in batch_of], "text": rows, "lang": ["en"] * n}
    columns |= {"content_hmac": [b"\0" * 32] * n, "locator": [""] * n, "fetched_at_us": [1] * n}
    return conform({k: pa.array(v, DOCUMENTS.field(k).type) for k, v in columns.items()}, DOCUMENTS)


def started(lake: Lake, run: str, found: pa.Table, quality: dict[str, int], registers: tuple[str, ...] = ()) -> Context:
    plan = Plan(
        run=run, registers=registers, register_sha256="00", use="pretrain", actor="tests", code="1", rules={}, started_at_us=1
    )  # fmt: skip
    context = runs.start(lake, plan)
    names = sorted(set(found.column("source_id").to_pylist()))
    register = {
        "source_id": names,
        "kind": ["government" if name == "laws" else "open-data" for name in names],
        "data_type": ["statutes" if name == "laws" else "web" for name in names],
        "register_sha256": [b"\0" * 32] * len(names),
        "missing": pa.array([[]] * len(names), pa.list_(pa.string())),
    }
    parquet.write(lake.run(run) / "sources.parquet", conform(register, SOURCES))
    licensed = {"source_id": names, "outcome": ["keep"] * len(names), "rule_id": ["LIC.R001"] * len(names)}
    licensed |= {"rule_version": [1] * len(names), "article": ["7(2)"] * len(names)}
    parquet.write(lake.run(run) / "decisions-licences.parquet", conform(licensed, SOURCE_DECISIONS))
    for batch in sorted(set(pc.shift_right(found.column("doc_id"), 32).to_pylist())):
        own = found.filter(pc.equal(pc.shift_right(found.column("doc_id"), 32), batch))
        n = own.num_rows
        decided = {"doc_id": own["doc_id"], "outcome": ["keep"] * n, "rule_id": ["X"] * n, "rule_version": [1] * n}
        outcome = Outcome(decisions=conform(decided, DECISIONS))
        finish(context, "documents", batch, own["source_id"][0].as_py(), outcome)
        parquet.write(lake.documents(run, "quality", batch), own)
        scores = [quality.get(text, 0) for text in own["text"].to_pylist()]
        measured = pa.table({"doc_id": own["doc_id"], "quality_ppm": pa.array(scores, pa.int32())})
        parquet.write(lake.measures(run, "quality", batch), measured)
    return context


def by_text(found: pa.Table, decided: pa.Table) -> list[tuple]:
    named = dict(zip(found["doc_id"].to_pylist(), found["text"].to_pylist(), strict=True))
    return sorted(
        (named[d["doc_id"]], d["outcome"], d["rule_id"], named.get(d["kept_doc_id"]), d["sim_ppm"])
        for d in decided.to_pylist()
    )


def decisions(context: Context, found: pa.Table) -> pa.Table:
    decided = copies.decide(context)
    return stage.undecided(found.sort_by("doc_id")["doc_id"], decided, RULES)


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "SLICE_BYTES", 2000)
    monkeypatch.setattr(near, "ROWS_AT_ONCE", 200)


@pytest.mark.usefixtures("small_slices")
def test_files_and_memory_decide_alike_whatever_the_batches(tmp_path: Path) -> None:
    rows = texts()
    quality = {text: len(text) % 7 for text in rows}
    answers = []
    for name, order, batches in (("one", range(len(rows)), 1), ("five", np.random.default_rng(3).permutation(63), 5)):
        chosen = [rows[i] for i in order]
        of = [(9 if text.startswith(("一", "二")) else 1 + i % batches) for i, text in enumerate(chosen)]
        found = documents(chosen, of, dict.fromkeys(range(9), "web") | {9: "laws"})
        context = started(Lake(tmp_path / name), "r", found, quality)

        n = copies.duplicates(context)

        got = pa.concat_tables(
            [parquet.read(context.lake.documents("r", "duplicates", batch), DOCUMENTS) for batch in sorted(set(of))]
        )
        decided = decisions_again(context, found)
        in_memory = oracle(found, quality)
        assert n == len(rows)
        assert (
            decided.filter(pc.field("rule_id") != "DUP.R005").to_pylist()
            == in_memory.filter(
                pc.is_in(
                    in_memory["doc_id"], decided.filter(pc.field("rule_id") != "DUP.R005")["doc_id"].combine_chunks()
                )
            ).to_pylist()
        )
        assert got["doc_id"].to_pylist() == decided.filter(pc.field("outcome") == "keep")["doc_id"].to_pylist()
        answers.append(sorted(got["text"].to_pylist(), key=str.lower))
        assert [d["rule_id"] for d in decided.to_pylist()].count("DUP.R003") == 2
        assert [d["rule_id"] for d in decided.to_pylist()].count("DUP.R005") == 2
    assert [t.lower() for t in answers[0]] == [t.lower() for t in answers[1]]


def test_two_workers_decide_what_one_decides_and_clusters_are_kept_beside_the_run(tmp_path: Path) -> None:
    rows = texts()[:30]
    found = documents(rows, [1 + i % 3 for i in range(30)], dict.fromkeys(range(4), "web"))
    answers = []
    for workers in (1, 2):
        context = started(Lake(tmp_path / str(workers)), "r", found, {})
        copies.duplicates(context, workers=workers)
        kept = [parquet.read(context.lake.documents("r", "duplicates", b), DOCUMENTS) for b in (1, 2, 3)]
        pairs = parquet.read(context.lake.run("r") / "duplicates" / "pairs.parquet")
        answers.append((pa.concat_tables(kept).to_pylist(), pairs.to_pylist()))

    assert answers[0] == answers[1]
    ends = {p[end] for p in answers[0][1] for end in "ab"}
    assert ends - {d["doc_id"] for d in answers[0][0]}


def test_any_order_of_documents_batches_and_workers_keeps_the_same_texts_for_the_same_reasons(tmp_path: Path) -> None:
    rows = list(dict.fromkeys(text.lower() for text in texts()))
    inside = " ".join(rows[0].split()[:60])  # every member of the first family holds it, and one of them stays
    quality = {text: n for n, text in enumerate(rows)}  # tells any two copies apart
    answers = []
    for seed, workers in ((0, 1), (1, 1), (2, 1), (3, 2)):
        random = np.random.default_rng(seed)
        order = random.permutation(len(rows))
        of = random.integers(1, 5, len(rows)).tolist()
        found = documents([rows[i] for i in order], of, dict.fromkeys(range(6), "web"))
        context = started(Lake(tmp_path / str(seed)), "r", found, quality)
        copies.duplicates(context, workers=workers)
        answers.append(by_text(found, decisions_again(context, found)))

    assert all(answer == answers[0] for answer in answers)
    assert sum(outcome == "drop" for _, outcome, *_ in answers[0]) > 10
    kept = {text for text, outcome, *_ in answers[0] if outcome == "keep"}
    for text, outcome, rule, kept_text, similarity in answers[0]:
        assert outcome == "keep" or (kept_text != text and similarity >= 800_000)
        assert kept_text is None or kept_text in kept
        assert text != inside or (rule == "DUP.R005" and kept_text.startswith(inside) and similarity == 1_000_000)


def decisions_again(context: Context, found: pa.Table) -> pa.Table:
    for batch in runs.batches(context):
        copies.measure(copies.Work(context=context, batch=batch, source_id=runs.batches(context)[batch]))
    return decisions(context, found)


def oracle(found: pa.Table, quality: dict[str, int]) -> pa.Table:
    measures = stage.measure(found)
    pairs = stage.verify(stage.candidates(measures, RULES), found)
    facts = pa.table(
        {
            "doc_id": found["doc_id"],
            "licence_rule": ["LIC.R001"] * found.num_rows,
            "kind": ["government" if s == "laws" else "open-data" for s in found["source_id"].to_pylist()],
            "fetched_at_us": found["fetched_at_us"],
            "quality_ppm": pa.array([quality[t] for t in found["text"].to_pylist()], pa.int32()),
        }
    )
    versions = found.filter(pc.field("source_id") == "laws")["doc_id"].combine_chunks()
    return stage.decide(measures, pairs, facts, RULES, preferences=preferences(), versions=versions)


def test_what_an_approved_snapshot_holds_is_named_and_nothing_of_it_is_removed(tmp_path: Path) -> None:
    rows = texts()[:8]
    lake = Lake(tmp_path)
    old = documents(rows[:5], [1] * 5, {1: "web"})
    first = started(lake, "first", old, {})
    copies.duplicates(first)
    path = lake.documents("first", "duplicates", 1)
    frozen = freezing.freeze(
        lake, name="corpus", run="first", use="pretrain", documents=[path], licences={"web": "CC0-1.0"},
        attributions={}, at_us=1, actor="tests",
    )  # fmt: skip
    new = documents([rows[0].upper(), " ".join(rows[0].split()[1:]), rows[7]], [2] * 3, {2: "web"})

    before = started(lake, "unapproved", new, {})
    copies.duplicates(before)
    states.append(lake.ledger, frozen, states.APPROVED, at_us=2, actor="tests")
    second = started(lake, "second", new, {})
    copies.duplicates(second)

    held = {"DUP.R004"} & set(decisions_again(before, new)["rule_id"].to_pylist())
    assert not held
    kept_ids = set(parquet.read(frozen.folder / "members.parquet")["doc_id"].to_pylist())
    got = decisions_again(second, new).to_pylist()
    assert [(d["outcome"], d["rule_id"]) for d in got if d["doc_id"] & 0xFF == 2] == [("keep", "DUP.R000")]
    assert {d["kept_doc_id"] for d in got if d["rule_id"] == "DUP.R004"} <= kept_ids
    assert [d["rule_id"] for d in got].count("DUP.R004") == 1
    assert parquet.read(frozen.folder / "members.parquet")["doc_id"].to_pylist() == sorted(kept_ids)
    links = parquet.read(lake.run("second") / "duplicates" / "links.parquet").to_pylist()
    assert {link["doc_id"] & 0xFF for link in links if link["relation"] == "earlier"} == {0, 1}


def test_a_test_set_in_the_register_takes_out_what_holds_its_items(tmp_path: Path) -> None:
    rows = texts()[30:33]
    sets = tmp_path / "register" / "test-sets"
    sets.mkdir(parents=True)
    (sets / "exam.jsonl").write_text(f'{{"text": "{" ".join(rows[1].split()[10:60])}"}}\n', encoding="utf-8")
    found = documents(rows, [1] * 3, {1: "web"})
    context = started(Lake(tmp_path / "lake"), "r", found, {}, registers=(str(tmp_path / "register"),))

    copies.duplicates(context)

    got = decisions_again(context, found)
    assert got["rule_id"].to_pylist() == ["DUP.R000", "DUP.R007", "DUP.R000"]
    assert got["evidence_sha256"][1].as_py() is not None
