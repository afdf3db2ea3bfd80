import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels import optouts, withheld
from pipeline.kernels.reservations import Site
from pipeline.kernels.withheld import Item, Publisher

TEXT = "茶馆旧事"
LISTED = (
    ("domain", "Refused.example"),
    ("domain", "*.茶.example"),
    ("url", "https://open.example:443/people/"),
    ("author", "Zhang  San"),
    ("repository", "https://github.com/Owner/Tea.git"),
    ("repository", "other/*"),
    ("sha256", hashlib.sha256(TEXT.encode()).hexdigest().upper()),
)
REFUSED = optouts.compiled([("l.csv", kind, str(optouts.canonical(kind, value))) for kind, value in LISTED])


def _find(text: str = "", **names: str | None) -> str | None:
    return optouts.find(REFUSED, **{"url": None, "author": None, "repository": None, **names}, text=text)


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        ({"url": "https://refused.example/x"}, "domain"),
        ({"url": "http://a.b.REFUSED.example:8080/"}, "domain"),
        ({"url": "https://notrefused.example/"}, None),
        ({"url": "https://新.茶.example/"}, "domain"),
        ({"url": "http://open.example/people/li"}, "url"),
        ({"url": "https://open.example/peopl"}, None),
        ({"author": "ZHANG san"}, "author"),
        ({"author": "Zhang Sanfeng"}, None),
        ({"repository": "owner/tea"}, "repository"),
        ({"repository": "other/anything"}, "repository"),
        ({"url": "https://github.com/owner/tea/blob/main/README.md"}, "repository"),
        ({"url": "https://gitee.com/other/x"}, "repository"),
        ({"url": "https://open.example/owner/tea"}, None),
        ({"text": TEXT}, "sha256"),
        ({"url": "no url", "author": "", "repository": "x"}, None),
        ({"url": "https://[broken"}, None),
    ],
)
def test_a_refusal_names_what_it_means_and_nothing_else(names: dict[str, str], kind: str | None) -> None:
    assert _find(**names) == (None if kind is None else f"{kind} l.csv")


@pytest.mark.parametrize(
    ("kind", "value"),
    [("domain", "localhost"), ("domain", "a/b.c"), ("url", "example.org/x"), ("author", " "), ("repository", "x"), ("sha256", "00")],
)  # fmt: skip
def test_what_can_match_nothing_is_no_refusal(kind: str, value: str) -> None:
    assert optouts.canonical(kind, value) is None


@given(st.sampled_from(list(optouts.KINDS)), st.text())
def test_any_value_has_one_form_or_none(kind: str, value: str) -> None:
    known = optouts.canonical(kind, value)
    assert known is None or (kind == "url") or optouts.canonical(kind, known) == known


@given(st.text(), st.text(), st.text())
def test_any_document_is_looked_up(url: str, author: str, repository: str) -> None:
    optouts.find(REFUSED, url=url, author=author, repository=repository, text="")


SITE = Site(robots="User-agent: GPTBot\nDisallow: /closed/", tdmrep='[{"location":"/tdm","tdm-reservation":1}]')
PUBLISHER = Publisher(agents=("GPTBot", "CCBot"), own="Ours", sites={"a.example": SITE}, refused=REFUSED)


@pytest.mark.parametrize(
    ("url", "reservations", "noted"),
    [
        ("https://a.example/open", (), ()),
        ("https://A.example/closed/x", ("robots.txt",), ()),
        ("https://a.example/tdm/1", ("tdmrep",), ()),
        ("https://b.example/closed/x", (), ("site:unknown",)),
        (None, (), ()),
    ],
)
def test_each_url_is_judged_by_the_files_of_its_own_site(url, reservations, noted) -> None:
    found = withheld.of(Item("t", "t", is_page=False, url=url), PUBLISHER)
    assert (found.reservations, found.noted) == (reservations, noted)
    assert bool(found.evidence) == bool(reservations)
    assert "a.example" not in found.evidence


def test_evidence_names_the_file_that_was_read_and_the_agents_it_refuses() -> None:
    found = withheld.of(Item("t", "t", is_page=False, url="https://a.example/closed/"), PUBLISHER)
    assert found.evidence == f"robots.txt {hashlib.sha256(SITE.robots.encode()).hexdigest()} refuses GPTBot"
