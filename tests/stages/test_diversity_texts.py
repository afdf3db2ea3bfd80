import json
import math

import pyarrow as pa
import pytest
from click.testing import CliRunner

from pipeline.cli.diversity import command
from pipeline.stages.diversity import texts

VARIED = [" ".join(f"t{topic}w{i}" for i in range(80)) for topic in range(6)]


def test_documents_without_anything_in_common_count_each_and_copies_count_once() -> None:
    varied, same = texts.figures(pa.array(VARIED)), texts.figures(pa.array(VARIED[:1] * 6))

    assert varied["vendi"] == pytest.approx(6, rel=0.02)
    assert same["vendi"] == pytest.approx(1, rel=1e-6)
    assert (same["self_similarity"], same["sampled"]) == (1.0, 6)
    assert varied["self_similarity"] < 0.02
    assert varied["compression"] > same["compression"]


def test_words_and_their_entropy_are_counted_in_both_languages() -> None:
    got = texts.figures(pa.array(["a b a b", "字字字字"]))

    assert got["type_token"] == 3 / 8
    assert got["token_entropy_bits"] == pytest.approx(0.5 * 1 + 2 * 0.25 * 2)
    assert got["shingle_entropy_bits"] == 0.0
    assert texts.figures(pa.array(VARIED))["shingle_entropy_bits"] == pytest.approx(math.log2(6 * 76))


def test_the_order_of_texts_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "SAMPLE", 3)
    one, other = (texts.figures(pa.chunked_array([order[:2], order[2:]])) for order in (VARIED, VARIED[::-1]))

    assert one == pytest.approx(other)
    assert one["sampled"] == 3


@pytest.mark.parametrize("rows", [[], [""], [None, "\u200b"]], ids=["none", "empty", "null"])
def test_nothing_has_no_variety(rows) -> None:
    assert set(texts.figures(pa.array(rows, pa.string())).values()) == {0}


def test_the_verb_prints_one_object() -> None:
    lines = "".join(json.dumps({"id": i, "text": text}) + "\n" for i, text in enumerate(VARIED))

    result = CliRunner().invoke(command, ["texts", "-"], input=lines)

    assert (result.exit_code, json.loads(result.stdout)["sampled"]) == (0, 6)
