"""datatrove's own answers on this project's example texts, kept as written by `bench/quality.py --golden`."""

import json
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.rules import quality as quality_rules
from pipeline.stages import quality

ROWS = json.loads(Path(__file__).with_name("datatrove_answers.json").read_bytes())
FAMILIES = {
    "gopher_q": "gopher_q@datatrove-0.10/alnum-han-1",
    "gopher_rep": "gopher_rep@datatrove-0.10/alnum-han-1",
    "c4": "c4@datatrove-0.10/alnum-han-1",
    "c4-open": "c4-open@datatrove-0.10/alnum-han-1",
    "fineweb": "fineweb@datatrove-0.10/alnum-han-1",
    "fineweb2": "fineweb2@cmn_Hani/alnum-han-1",
}


@pytest.fixture(scope="module")
def measures() -> pa.Table:
    documents = {"doc_id": pa.array(range(len(ROWS)), pa.int64())}
    documents |= {name: pa.array([row[name] for row in ROWS], pa.string()) for name in ("lang", "text")}
    words = pa.array([row["spans"] for row in ROWS], pa.list_(pa.int32()))
    return quality.measure(pa.table(documents), quality_rules.phrases(), words=words)


@pytest.mark.parametrize("name", FAMILIES)
def test_outcome_and_reason_of_the_first_failure_are_those_of_datatrove(name, measures) -> None:
    got = quality.first_failures(measures, quality_rules.rules(), FAMILIES[name]).to_pylist()

    expected = {i: row["reasons"][name] for i, row in enumerate(ROWS) if name in row["reasons"]}
    assert {i: got[i] for i in expected} == expected


@pytest.mark.parametrize("name", FAMILIES)
def test_the_kept_answers_hold_documents_that_fail_and_several_reasons(name) -> None:
    assert len({row["reasons"][name] for row in ROWS if name in row["reasons"]}) > 1
