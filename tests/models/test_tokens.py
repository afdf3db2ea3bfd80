"""Tokens are those of spaCy's own tokenizer, whatever stands on either side of a space."""

from functools import cache

import numpy as np
import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.models import names, tokens
from pipeline.models.tokens import ATTRIBUTES, KIND, Tokens
from pipeline.rules.personal_models import models


def loaded():
    return spacy.load(models()["en"], exclude=list(names.UNUSED))


def no_kinds(rows, forgets):
    del forgets
    return np.zeros(len(rows), np.int64)


@cache
def spacy_itself():
    return loaded()


@cache
def remembering():
    return Tokens(nlp=loaded(), kinds=no_kinds)


@cache
def met() -> list[str]:
    """Words whose special cases may meet across a space."""
    pairs = remembering().crossing.pairs.values()
    halves = sorted({half for some in pairs for pair in some for half in pair})
    rules = sorted(rule for some in remembering().crossing.rules.values() for rule in some)
    return [*halves, *rules[::9]]


def want(text: str):
    doc = spacy_itself().make_doc(text)
    return doc.to_array([*ATTRIBUTES]).tolist() if len(doc) else []


def got(texts: list[str]):
    rows, sizes = remembering()(texts)
    parts = np.split(rows[:, :KIND], np.cumsum(sizes)[:-1]) if texts else []
    return [part.tolist() for part in parts]


PIECES = st.one_of(
    st.deferred(lambda: st.sampled_from(met())),
    st.sampled_from(["", " ", "  ", "\n", " \n", "\t", "\xa0", "\0", "the", "e.g.", "(x)", "don't", "2pm", "😀"]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(PIECES, st.sampled_from([" ", "", " ", "\n", "  "])).map("".join), max_size=12).map("".join))
def test_a_text_has_the_tokens_that_spacy_gives_it(text: str) -> None:
    texts = [text, f" {text}", f"{text} "]
    assert got(texts) == [want(one) for one in texts]


@pytest.mark.parametrize(
    "text", ["", " ", "\n", " a", "a ", "a  b", "\0 \0", "8 ) :", ": 3 :3", "( o : :o )", "- D :-D"]
)
def test_space_at_the_ends_and_special_cases_that_meet(text: str) -> None:
    assert got([text, text]) == [want(text)] * 2


def test_what_is_forgotten_is_learnt_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "REMEMBERED", 5)
    seen = Tokens(nlp=loaded(), kinds=no_kinds)
    for text in ("one two three", "four five six seven", "one two three four five six seven eight"):
        rows, _ = seen([text])
        assert rows[:, :KIND].tolist() == want(text)
