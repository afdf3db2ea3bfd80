"""Texts whose relations are known: what is claimed of textreuse's in docs/generated/duplicates.md."""

import gzip
import json
import os
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.stages import duplicates
from pipeline.stages.duplicates import passages
from pipeline.steps import copies

CORPORA = Path(os.environ.get("PROVENDER_CORPORA", Path(__file__).parents[2] / "../shared/corpora"))
JACCARD = {
    ("remember00palm", "remembermeorholy00palm"): 597373,
    ("practicalthought00nev", "thoughtsonpopery00nevi"): 428067,
    ("ca1851-match", "ny1850-match"): 308296,
    ("calltounconv00baxt", "lifeofrevrichard00baxt"): 261202,
}
"""Every two of the eleven texts with a true Jaccard of 0.01 or more, in ppm."""
INSIDE = {
    ("lifeofrevrichard00baxt", "calltounconv00baxt"): 835427,
    ("thoughtsonpopery00nevi", "practicalthought00nev"): 877354,
    ("remembermeorholy00palm", "remember00palm"): 740303,
}


@pytest.fixture(scope="module")
def read() -> tuple[list[str], pa.Table]:
    path = CORPORA / "public/dedup/textreuse_ats.jsonl.gz"
    if not path.is_file():
        pytest.skip("corpus textreuse_ats is not here: set PROVENDER_CORPORA")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    ids = pa.array(range(len(rows)), pa.int64())
    return [row["id"] for row in rows], pa.table({"doc_id": ids, "text": [row["text"] for row in rows]})


def test_related_texts_are_no_duplicates_at_the_rule_s_threshold_and_all_are_found_at_a_quarter(read) -> None:
    ids, documents = read

    found = {(ids[p["a"]], ids[p["b"]]): p["jaccard_ppm"] for p in duplicates.pairs(documents, 0.25).to_pylist()}

    assert found == JACCARD
    assert duplicates.pairs(documents, 0.8).num_rows == 0


def test_three_of_them_stand_mostly_inside_the_other(read) -> None:
    ids, documents = read

    got = {
        (ids[link["doc_id"]], ids[link["other_id"]]): link["share_ppm"]
        for link in copies.insides(documents).to_pylist()
    }

    assert got == INSIDE


def test_every_related_text_and_no_other_shares_a_stretch_of_fifty_tokens(read) -> None:
    ids, documents = read

    found = passages.spans(documents, passages.repeated(passages.windows(documents, 50)), 50)

    assert {ids[row] for row in found.column("doc_id").to_pylist()} == {name for pair in JACCARD for name in pair}
