"""What a document is on each axis: script, genre, domain, year, topic."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.rules import diversity as rules
from pipeline.rules.diversity import Topics
from pipeline.stages.diversity import clustering, texts, values

RULE = Topics(count=4, words=50, sample=1_000, least_documents=2, source="tests")


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("The river", "Latin"),
        ("太湖 is a lake 在江苏省和浙江省之间", "Han"),
        ("Волга и Ока", "Cyrillic"),
        ("ひらがな", "Kana"),
        ("한국어", "Hangul"),
        ("النهر", "Arabic"),
        ("12 345 ...", "none"),
        ("", "none"),
        (None, "none"),
        ("𠮷𠮷𠮷a", "Han"),
    ],
)
def test_the_script_is_that_of_most_characters(text: str | None, script: str) -> None:
    got = values.scripts(pa.chunked_array([pa.array(["abc", text, "江"], pa.string())]))

    assert got.to_pylist() == ["Latin", script, "Han"]


@settings(max_examples=50)
@given(st.lists(st.text(max_size=20), max_size=5))
def test_any_text_has_one_script_and_one_genre(drawn: list[str]) -> None:
    column = pa.chunked_array([pa.array(drawn, pa.string())])

    assert len(values.scripts(column)) == len(drawn)
    assert values.genres(column, rules.genres()).null_count == 0


@pytest.mark.parametrize("genre", rules.genres(), ids=lambda one: one.name)
def test_a_genre_is_known_by_its_examples(genre: rules.Genre) -> None:
    known = rules.genres()
    column = pa.chunked_array([pa.array([*genre.passes, *genre.fails])])

    got = values.genres(column, known).to_pylist()

    assert got[: len(genre.passes)] == [genre.name] * len(genre.passes)
    assert genre.name not in got[len(genre.passes) :]


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://www.example.org/a?b=c", "example.org"),
        ("http://Blog.Example.COM:8080/x", "example.com"),
        ("https://news.example.com.cn/", "example.com.cn"),
        ("https://user:secret@deep.example.net/", "example.net"),
        ("https://shop.city.kawasaki.jp/", "city.kawasaki.jp"),
        ("https://新闻.例子.中国/", "例子.中国"),
        ("https://one.github.io/", "github.io"),
        ("https://wiki.intern/", None),
        ("https://127.0.0.1/", None),
        ("https://localhost/", None),
        ("mailto:someone@example.org", None),
        (None, None),
    ],
)
def test_the_domain_is_the_part_that_somebody_registered(url: str | None, domain: str | None) -> None:
    assert values.domains(pa.chunked_array([pa.array([url], pa.string())])).to_pylist() == [domain]


def test_the_year_is_that_of_the_collection() -> None:
    at = pa.chunked_array([pa.array([1_767_225_599_999_999, 1_767_225_600_000_000, None], pa.int64())])

    assert values.years(at).to_pylist() == [2025, 2026, None]


WORDS = [
    ["tea", "water"],
    ["water", "tea"],
    ["tea", "leaf", "water"],
    ["tax", "law"],
    ["law", "tax"],
    ["tax"],
    ["secret"],
    [],
]


def made(words: list[list[str]], rule: Topics = RULE) -> list[str | None]:
    return clustering.topics(pa.chunked_array([pa.array(words, pa.list_(pa.string()))]), rule).to_pylist()


def test_documents_that_repeat_the_same_words_have_a_topic_in_common() -> None:
    assert made(WORDS) == ["tea water"] * 3 + ["tax law"] * 3 + [None, None]


def test_a_word_of_one_document_names_no_topic() -> None:
    assert not any("leaf" in (one or "") or "secret" in (one or "") for one in made(WORDS))


def test_without_words_there_are_no_topics() -> None:
    assert made([[], []]) == [None, None]
    assert made([]) == []


@settings(max_examples=40)
@given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=5, unique=True), max_size=40), st.integers(1, 6))
def test_topics_are_the_same_again_and_have_enough_documents(drawn: list[list[str]], count: int) -> None:
    rule = Topics(count=count, words=6, sample=25, least_documents=3, source="tests")

    got = made(drawn, rule)

    assert got == made(drawn, rule)
    for topic in {one for one in got if one}:
        assert all(sum(word in words for words in drawn) >= 3 for word in topic.split())


def test_a_sample_is_the_same_whatever_the_order_of_the_batches() -> None:
    ids, text = pa.chunked_array([pa.array(range(100))]), pa.chunked_array([pa.array([f"t{n}" for n in range(100)])])
    chosen = []
    for parts in ([(0, 50), (50, 50)], [(70, 30), (0, 70)]):
        sample = texts.Sample(10)
        for first, n in parts:
            sample.add(ids.slice(first, n), text.slice(first, n))
        chosen.append(sample.text.to_pylist())

    assert chosen[0] == chosen[1]
    assert len(chosen[0]) == 10


def test_the_variety_of_texts_is_rows_of_whole_numbers() -> None:
    got = texts.rows(pa.chunked_array([pa.array(["a b a b", "字字字字"])]), pa.chunked_array([pa.array(["a b"])]))

    found = {row["value"]: (row["docs_before"], row["docs_after"]) for row in got.to_pylist()}
    assert set(got.column("axis").to_pylist()) == {"texts"}
    assert found["type_token_ppm"] == (375_000, 1_000_000)
    assert found["sampled"] == (2, 1)
