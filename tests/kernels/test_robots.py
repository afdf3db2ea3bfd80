import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels import robots

CORPORA = Path(os.environ.get("PROVENDER_CORPORA", Path(__file__).parents[3] / "shared" / "corpora"))
AT = "https://a.example"


def test_at_least_140_of_googles_142_vectors_are_decided_alike() -> None:
    path = CORPORA / "public" / "robots" / "google_rep_vectors.jsonl"
    if not path.is_file():
        pytest.skip("no public corpora here; set PROVENDER_CORPORA")
    cases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert sum(robots.allows(c["robotstxt"], c["agent"], c["url"]) == c["allowed"] for c in cases) >= 140


@pytest.mark.parametrize(
    ("text", "agent", "url", "allowed"),
    [
        ("", "GPTBot", "/x", True),
        ("\ufeffUser-agent: *\r\nDisallow: /", "GPTBot", "/x", False),
        ("User-agent: GPTBot\nDisallow: /a\nUser-agent: gptbot\nDisallow: /b", "GPTBot", "/b", False),
        ("User-agent: GPTBot\nDisallow: /", "GPTBot/1.1", "/x", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "GPTBot", "/a/b/c", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a", "GPTBot", "/a", True),
        ("User-agent: *\nDisallow: /*.pdf$", "GPTBot", "/x.pdf?y", True),
        ("User-agent: *\nDisallow: /*.pdf$", "GPTBot", "/x.pdf", False),
        ("User-agent: *\nDisallow: /新闻", "GPTBot", "/%e6%96%b0%E9%97%BB/1", False),
        ("User-agent: *\nDisallow: /%7Ewang/", "GPTBot", "/~wang/x", False),
        ("User-agent: *\nDisallow: /\nAllow: /%7Ewang/", "GPTBot", "/~wang/x", False),
        ("Disallow: /", "GPTBot", "/x", True),
    ],
)
def test_the_longest_match_decides_and_an_encoding_never_widens_a_permission(text, agent, url, allowed) -> None:
    assert robots.allows(text, agent, AT + url) is allowed


def test_what_stands_beyond_500_kib_does_not_count() -> None:
    assert robots.allows("#" * robots.LONGEST + "\nUser-agent: *\nDisallow: /", "GPTBot", AT)


def test_many_wildcards_take_no_time() -> None:
    assert robots.allows("User-agent: *\nDisallow: /" + "*a" * 5000 + "b$", "GPTBot", AT + "/" + "a" * 5000)


@pytest.mark.parametrize(
    ("text", "is_none"),
    [
        ("", False),
        ("\ufeff\n# nothing is forbidden\n", False),
        ("Sitemap: https://a.example/s.xml", False),
        ("# <html>\nUser-agent: *", False),
        ("disallow /", False),
        ("Content-Signal: ai-train=no", False),
        ("<!DOCTYPE html><title>Log in</title>", True),
        ("\n  <!-- proxy -->\n<body>User-agent: *\nDisallow: /</body>", True),
        ("<center><h1>404 Not Found</h1></center>", True),
        ('{"error": "not found"}', True),
        ("404: Not Found", True),
        ("页面不存在", True),
    ],
)
def test_a_page_or_a_message_is_no_robots_txt_and_an_empty_file_is_one(text: str, is_none: bool) -> None:
    assert robots.is_none(text) is is_none


@given(st.text(), st.text(max_size=20), st.text())
def test_any_text_is_decided(text: str, agent: str, url: str) -> None:
    assert robots.allows(text, agent, url) in (True, False)


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /x", ("GPTBot", "CCBot")),
        ("User-agent: *\nDisallow: /x\n\nUser-agent: CCBot\nDisallow:", ("GPTBot",)),
        ("User-agent: *\nAllow: /", ()),
        ("", ()),
    ],
)
def test_agents_are_refused_by_their_own_group_or_by_that_of_all(text: str, refused: tuple[str, ...]) -> None:
    assert robots.refused(text, ("GPTBot", "CCBot"), "https://a.example/x") == refused


PIECE = st.sampled_from(["/", "a", "b", "*", "$", "%41", "%2f", "茶", "index.html", "?"])
PATTERNS = st.lists(PIECE, min_size=1, max_size=5).map("".join)


def _by_the_letter(rules: list[tuple[bool, str]], path: str) -> bool:
    """RFC 9309 without look-ups: every rule is tried, the longest that matches decides, a tie allows."""
    found = [(0, True)]
    for is_allow, pattern in rules:
        regex = ".*".join(map(re.escape, pattern.removesuffix("$").split("*"))) + ("$" if pattern.endswith("$") else "")
        if re.match(regex, path, re.DOTALL):
            found.append((len(pattern), is_allow))
    return max(found)[1]


@given(st.lists(st.tuples(st.booleans(), PATTERNS), max_size=6), st.lists(PIECE, max_size=6).map("".join))
def test_look_ups_decide_as_the_rules_one_by_one(rules: list[tuple[bool, str]], path: str) -> None:
    plain = [(allow, "/" + p) for allow, p in rules if p.isascii() and "%" not in p and "index" not in p]
    text = "User-agent: *\n" + "".join(f"{'Allow' if allow else 'Disallow'}: {p}\n" for allow, p in plain)
    path = "/" + path.replace("*", "").replace("$", "").replace("%", "").replace("茶", "")
    assert robots.allows(text, "A", path) is _by_the_letter(plain, robots.path_of(path))
