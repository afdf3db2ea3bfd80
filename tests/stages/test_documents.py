import hmac
import traceback
from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import RuleMalformed
from pipeline.kernels import optouts
from pipeline.kernels.withheld import Publisher
from pipeline.models.html import extractor
from pipeline.rules.documents import rules
from pipeline.schemas import RECORDS, SHA256, conform
from pipeline.stages import documents

Found = tuple[str | None, str | None]
PUBLISHER = Publisher(agents=("GPTBot",), refused=optouts.compiled([("list.csv", "domain", "refused.example")]))
KEY = b"k" * 32
ERASED = pa.array([hmac.digest(KEY, b"a text that was erased", "sha256")], SHA256)
PLACES = {"opted_out": "url", "reservations": "carried"}
"""Where an example stands that is no text."""


def measured(
    *found: Found, media: str = "text/plain", extract: Callable[[str], str] | None = None, place: str = "text"
) -> pa.Table:
    n = len(found)
    problems = [p for _, p in found]
    given_columns = {"locator": ["l"] * n, "text": ["words"] * n, "problem": problems, "media_type": [media] * n}
    given_columns |= {place: [t for t, _ in found]}
    _, measures = documents.measure(
        conform(given_columns, RECORDS),
        source_id="s",
        first_doc_id=7,
        extract_html=extract or extractor(),
        detect_language=lambda given: [("und", 0)] * len(given),
        content_key=KEY,
        publisher=PUBLISHER,
        erased=ERASED,
    )
    return measures


def decided(*found: Found, media: str = "text/plain", place: str = "text") -> list[tuple[int, str, str]]:
    got = documents.decide(measured(*found, media=media, place=place), rules())
    return [(r["doc_id"], r["outcome"], r["rule_id"]) for r in got.to_pylist()]


@pytest.mark.parametrize("rule", rules().thresholds[:-1], ids=lambda r: r.id)
def test_each_rule_acts_on_its_failing_example_only(rule) -> None:
    place = PLACES.get(rule.measure, "text")
    assert decided((rule.fails, None), (rule.passes, None), place=place) == [
        (7, rule.outcome, rule.id),
        (8, "keep", "DOC.R000"),
    ]


@pytest.mark.parametrize("rule", rules().problems, ids=lambda r: r.id)
def test_each_problem_is_quarantined_by_its_rule(rule) -> None:
    assert decided((None, rule.problem)) == [(7, "quarantine", rule.id)]


def test_a_problem_without_a_rule_is_refused() -> None:
    with pytest.raises(RuleMalformed):
        decided((None, "unheard_of"))


def test_a_page_built_to_exhaust_parsers_is_quarantined() -> None:
    assert decided(("<div>" * 5000, None), media="text/html") == [(7, "quarantine", "DOC.R011")]


@settings(max_examples=50)
@given(st.lists(st.tuples(st.none() | st.text(max_size=20), st.none() | st.just("not_utf8")), min_size=1, max_size=8))
def test_every_record_is_decided_exactly_once(found: list[tuple[str | None, str | None]]) -> None:
    assert [row[0] for row in decided(*found)] == list(range(7, 7 + len(found)))


SECRET = "words of " + "the page"


def test_a_reason_of_the_extractor_that_is_not_known_stops_without_its_words() -> None:
    def extract(page: str) -> str:
        raise ValueError(f"cannot parse {page}")

    with pytest.raises(RuleMalformed) as caught:
        measured((SECRET, None), media="text/html", extract=extract)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("code", sorted(documents.PAGE_PROBLEMS))
def test_a_reason_of_the_extractor_that_is_known_is_the_problem_of_the_document(code: str) -> None:
    def extract(page: str) -> str:
        raise ValueError(code)

    assert measured(("page", None), media="text/html", extract=extract).column("problem").to_pylist() == [code]
