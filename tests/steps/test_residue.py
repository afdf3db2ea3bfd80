"""What the check before approval counts over a whole snapshot: near duplicates and prohibited content."""

from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pytest

from pipeline.rules import prohibited as rules
from pipeline.schemas import DECISIONS, conform
from pipeline.snapshots import freezing
from pipeline.snapshots.states import Frozen
from pipeline.stages import duplicates, prohibited
from pipeline.steps import checking, residue
from pipeline.steps.finishing import Outcome, append_rows, finish
from pipeline.steps.runs import Context
from pipeline.store import parquet
from pipeline.store.lake import Lake
from tests.steps.test_copies import WORDS, documents, started

LETTER = (
    "Dear neighbour, the meeting of the house is on Monday at eight in the hall behind the old church of Saint John"
)
LAW = "".join(chr(0x4E00 + i) for i in range(300))
RANDOM = np.random.default_rng(3)
STRANGERS = [" ".join(RANDOM.permutation(WORDS)[:80]) for _ in range(4)]
SOURCES = {1: "letters", 2: "laws"}


def frozen(lake: Lake, *, redacted: list[str], read: list[str]) -> tuple[Context, Frozen]:
    """A snapshot of `redacted` and two versions of a law, of texts that stood as `read` when the run compared them."""
    laws = [LAW, LAW[:250] + LAW[260:]]
    batches = [1] * len(read) + [2] * len(laws)
    before, after = (documents([*texts, *laws], batches, SOURCES) for texts in (read, redacted))
    context = started(lake, "r", before, {})
    is_changed = pc.not_equal(before["text"], after["text"]).to_pylist()
    changed = dict(zip(before["doc_id"].to_pylist(), is_changed, strict=True))
    for batch, source in SOURCES.items():
        own = before.filter(pc.equal(pc.shift_right(before["doc_id"], 32), batch))
        parquet.write(lake.measures("r", "duplicates", batch), duplicates.measure(own))
        said = ["redact" if changed[one] else "keep" for one in own["doc_id"].to_pylist()]
        n = own.num_rows
        rows = {"doc_id": own["doc_id"], "outcome": said, "rule_id": ["X"] * n, "rule_version": [1] * n}
        finish(context, "personal", batch, source, Outcome(decisions=conform(rows, DECISIONS)))
    path = lake.root / "final.parquet"
    parquet.write(path, after.sort_by([("source_id", "ascending"), ("doc_id", "ascending")]))
    given = {"run": "r", "use": "pretrain", "licences": dict.fromkeys(SOURCES.values(), "MIT"), "attributions": {}}
    return context, freezing.freeze(lake, name="a", documents=[path], at_us=1, actor="e", shard_bytes=400, **given)


def test_letters_that_redaction_made_alike_are_counted_and_versions_of_a_law_are_not(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    names = [" ".join(random.permutation(WORDS)[:30]) for _ in range(3)]
    context, snapshot = frozen(
        Lake(tmp_path),
        read=[*(f"{LETTER} {name}" for name in names), *STRANGERS],
        redacted=[*(f"{LETTER} [PERSON]" for _ in names), *STRANGERS],
    )
    pairs = residue.near_duplicates(context, snapshot)

    first = 1 << 32
    assert pairs.to_pylist() == [
        {"a": first + a, "b": first + b, "jaccard_ppm": 1_000_000} for a, b in ((0, 1), (0, 2), (1, 2))
    ]
    assert residue.count(pairs) == 2
    assert not list(Lake(tmp_path).snapshots.glob(".*"))


@pytest.mark.parametrize("is_measured", [True, False])
def test_what_the_run_did_not_compare_is_found_with_its_measures_or_without(tmp_path: Path, is_measured: bool) -> None:
    texts = [STRANGERS[0], STRANGERS[1], STRANGERS[0] + " once more"]
    context, snapshot = frozen(Lake(tmp_path), read=texts, redacted=texts)
    if not is_measured:
        Lake(tmp_path).measures("r", "duplicates", 1).unlink()

    (pair,) = residue.near_duplicates(context, snapshot).to_pylist()

    assert (pair["a"], pair["b"]) == (1 << 32, (1 << 32) + 2)
    assert pair["jaccard_ppm"] > 900_000


def test_every_member_is_judged_by_its_stored_measures_and_what_nobody_measured_is_not_clean(tmp_path: Path) -> None:
    bad = next(rule.fails for rule in rules.rules() if rule.id == "PRO.R104")
    lake = Lake(tmp_path)
    context, snapshot = frozen(lake, read=STRANGERS, redacted=STRANGERS)
    read = documents([*STRANGERS[:3], str(bad)], [1] * 4, SOURCES)
    parquet.write(lake.measures("r", "prohibited", 1), prohibited.measure(read, rules.lexicon()))
    shares = prohibited.shares({"letters": (1, 25), "laws": (0, 2)}, rules.rules(), run="r")
    append_rows(context, "source_shares", shares, stage="prohibited")

    assert checking.prohibited(context, snapshot) == {"prohibited_ppm": 500_000, "prohibited_source_ppm": 40_000}

    laws = documents([LAW, LAW], [2, 2], SOURCES)
    parquet.write(lake.measures("r", "prohibited", 2), prohibited.measure(laws, rules.lexicon()))
    assert checking.prohibited(context, snapshot)["prohibited_ppm"] == 166_667
