"""Robots: may an agent fetch a URL? (RFC 9309, read as Google's open parser reads it).

Groups of one product token are merged, the longest matching pattern decides, and a tie allows. One thing is stricter
than Google's parser: a `Disallow` also holds when it and the URL differ only in percent-encoding (RFC 9309, 2.2.2).
An `Allow` is taken literally: an encoding never widens a permission.

A file is compiled once. Plain prefixes lie in a dictionary by length; of the patterns with wildcards only those are
tried whose longest literal piece occurs in the URL.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes

import ahocorasick_rs

LONGEST = 500 * 1024
"""Bytes of a robots.txt that count (RFC 9309, 2.5)."""
LONGEST_LINE = 2083 * 8 - 1
"""Bytes of a line that count: eight of the longest URLs that browsers took, as in Google's parser."""

AGENT_KEYS = ("user-agent", "useragent", "user agent")
DISALLOW_KEYS = ("disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw")
KEYS = (
    *AGENT_KEYS,
    *DISALLOW_KEYS,
    *"allow sitemap site-map crawl-delay host clean-param request-rate visit-time noindex license content-".split(),
)
"""What lines of a robots.txt begin with: RFC 9309, and extensions in use."""
TOKEN = re.compile(r"([A-Za-z_-]*).*", re.DOTALL)
ANY = re.compile(r"\*(\s|$)")
LINES = re.compile(rb"\r\n|\n|\r")
ESCAPE = re.compile(r"%[0-9a-fA-F]{2}|[^\x00-\x7f]")
PATH = re.compile(r"[/?;]")


class Pattern(NamedTuple):
    """A path pattern, cut at its wildcards; `is_whole` when it ends with `$`."""

    parts: tuple[str, ...]
    is_whole: bool


class Rule(NamedTuple):
    """One `Allow` or `Disallow` line; a `Disallow` has a second form where its percent-encoding is not normal."""

    length: int
    is_allow: bool
    pattern: Pattern
    normal: Pattern | None


Best = tuple[int, bool]
"""Length of the deciding pattern and whether it allows; the greater one decides, so that a tie allows."""
NONE: Best = (0, True)


class Patterns:
    """Patterns compiled for look-up: plain prefixes, whole paths, and those with wildcards by precedence."""

    def __init__(self, rules: Sequence[tuple[Pattern, Best]]) -> None:
        self.prefixes: dict[str, Best] = {}
        self.wholes: dict[str, Best] = {}
        wild = []
        for pattern, best in rules:
            if len(pattern.parts) > 1:
                wild.append((pattern, best))
            else:
                known = self.wholes if pattern.is_whole else self.prefixes
                known[pattern.parts[0]] = max(best, known.get(pattern.parts[0], NONE))
        self.lengths = sorted({len(prefix) for prefix in self.prefixes}, reverse=True)
        self.wild = sorted(wild, key=lambda one: one[1], reverse=True)
        pieces = [max(pattern.parts, key=len) for pattern, _ in self.wild]
        self.bare = [n for n, piece in enumerate(pieces) if not piece]
        self.named = [n for n, piece in enumerate(pieces) if piece]
        self.pieces = ahocorasick_rs.AhoCorasick([pieces[n] for n in self.named]) if self.named else None

    def best(self, path: str) -> Best:
        """What decides `path`; `NONE` when no pattern matches."""
        found = self.wholes.get(path, NONE)
        for length in self.lengths:
            known = self.prefixes.get(path[:length])
            if known is not None:
                found = max(found, known)
                break
        return max(found, self._wildest(path)) if self.wild else found

    def _wildest(self, path: str) -> Best:
        tried = set(self.bare)
        if self.pieces is not None:
            tried.update(self.named[n] for n, _, _ in self.pieces.find_matches_as_indexes(path, overlapping=True))
        return next((self.wild[n][1] for n in sorted(tried) if matches(path, self.wild[n][0])), NONE)


class Group(NamedTuple):
    """The rules of one product token."""

    literal: Patterns
    normal: Patterns  # of the `Disallow` rules, in their normal forms
    is_encoded: bool  # whether one of those differs from what was written


Groups = Mapping[str, Group]
EMPTY = Group(Patterns([]), Patterns([]), is_encoded=False)


def allows(robots_text: str, agent: str, url: str) -> bool:
    """Whether `agent` may fetch `url`; a file without a group for the agent or `*` allows everything.

    Args:
        robots_text: the file as fetched; bytes beyond 500 KiB do not count.
        agent: product token, letter case ignored; a version after a slash is ignored.
        url: absolute URL or path, percent-encoded as it would be requested.

    Source:
        RFC 9309; google/robotstxt, whose public vectors are the test.
    """
    return permits(_group(parse(robots_text), agent), url)


def refused(robots_text: str, agents: Sequence[str], url: str) -> tuple[str, ...]:
    """Those of `agents` that may not fetch `url`; agents that share a group cost one evaluation."""
    groups = parse(robots_text)
    named = [(agent, _group(groups, agent)) for agent in agents]
    verdicts = {id(one): permits(one, url) for one in {id(one): one for _, one in named}.values()}
    return tuple(agent for agent, one in named if not verdicts[id(one)])


def _group(groups: Groups, agent: str) -> Group:
    return groups.get(agent.partition("/")[0].lower()) or groups.get("*", EMPTY)


def permits(rules: Group, url: str) -> bool:
    """Whether the rules of a group allow a URL."""
    path = path_of(url if url.isascii() else url.encode("utf-8", "replace").decode("latin-1"))
    length, is_allowed = rules.literal.best(path)
    normal = _normal(path)
    if normal is path and not rules.is_encoded:
        return is_allowed
    return is_allowed and rules.normal.best(normal)[0] <= length


@lru_cache(maxsize=1024)
def parse(robots_text: str) -> Groups:
    """The rules of each product token in lower case; `*` for all others."""
    groups: dict[str, list[Rule]] = {}
    current: set[str] = set()
    is_open = False  # whether a user-agent line joins the group instead of starting one
    for key, value in lines(robots_text):
        if key.startswith(AGENT_KEYS):
            current = current if is_open else set()
            is_open = True
            token = "*" if ANY.match(value) else TOKEN.sub(r"\1", value).lower()
            current.add(token)
            groups.setdefault(token, [])
        elif current and key.startswith(("allow", *DISALLOW_KEYS)):
            is_open = False
            rules = tuple(_rules(value, is_allow=key.startswith("allow")))
            for token in current:
                groups[token].extend(rules)
    return {token: _compiled(rules) for token, rules in groups.items()}


def _compiled(rules: Sequence[Rule]) -> Group:
    literal = [(rule.pattern, (rule.length, rule.is_allow)) for rule in rules]
    normal = [(rule.normal or rule.pattern, (rule.length, False)) for rule in rules if not rule.is_allow]
    return Group(Patterns(literal), Patterns(normal), is_encoded=any(rule.normal for rule in rules))


def _rules(value: str, *, is_allow: bool) -> Iterator[Rule]:
    text = ESCAPE.sub(_escape, value)
    if not text:
        return
    normal = _normal(text)
    yield Rule(len(text), is_allow, _pattern(text), None if normal == text or is_allow else _pattern(normal))
    folder, slash, name = text.rpartition("/")
    if is_allow and slash and name.startswith("index.htm"):  # Google: allowing the index page allows its folder
        yield Rule(len(folder) + 2, is_allow, _pattern(f"{folder}/$"), None)


def _pattern(text: str) -> Pattern:
    return Pattern(tuple(text.removesuffix("$").split("*")), text.endswith("$"))


def is_none(robots_text: str) -> bool:
    """Whether what was served as robots.txt is something else: a page, a message, JSON. An empty file is a robots.txt.

    A parser takes every text for one that allows everything; whoever keeps it as evidence should not.
    """
    text = robots_text.removeprefix("\ufeff").lstrip()
    if text.startswith(("<", "{")):
        return True
    said = [line for line in LINES.split(text[:LONGEST].encode("utf-8", "replace")) if line.partition(b"#")[0].strip()]
    return bool(said) and not any(key.startswith(KEYS) for key, _ in lines(text))


def lines(robots_text: str) -> Iterator[tuple[str, str]]:
    """Key in lower case and value of each line that has both; characters are bytes (Latin-1)."""
    content = robots_text.removeprefix("\ufeff").encode("utf-8", "replace")[:LONGEST]
    for raw in LINES.split(content):
        line = raw[:LONGEST_LINE].decode("latin-1").partition("#")[0].strip()
        key, colon, value = line.partition(":")
        if not colon:
            words = line.split()
            key, value = words if len(words) == 2 else ("", "")
        if key:
            yield key.strip().lower(), value.strip()


def _escape(found: re.Match[str]) -> str:
    return found[0].upper() if found[0][0] == "%" else f"%{ord(found[0]):02X}"


def _normal(text: str) -> str:
    """One form of every percent-encoding: unreserved characters plain, others as %XX in upper case."""
    if text.isascii() and "%" not in text:
        return text
    return re.sub(r"%[0-9A-Fa-f]{2}", _plain, ESCAPE.sub(_escape, text))


def _plain(found: re.Match[str]) -> str:
    return quote(unquote_to_bytes(found[0]), safe="")


def path_of(url: str) -> str:
    """Path, parameters and query of a URL, without its fragment; `/` where it has none."""
    start = 2 if url.startswith("//") else 0
    scheme = url.find("://", start)
    early = PATH.search(url, start)
    if scheme >= 0 and (early is None or early.start() > scheme):
        start = scheme + 3
    found = PATH.search(url, start)
    fragment = url.find("#")
    if found is None or 0 <= fragment < found.start():
        return "/"
    path = url[found.start() : fragment if fragment >= 0 else None]
    return path if path.startswith("/") else f"/{path}"


def matches(path: str, pattern: Pattern) -> bool:
    """Whether the pattern matches from the start of `path`; no backtracking, whatever the number of wildcards."""
    first, *rest = pattern.parts
    if not path.startswith(first):
        return False
    at = len(first)
    if not rest:
        return not pattern.is_whole or len(path) == at
    for part in rest[:-1]:
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    last = rest[-1]
    if pattern.is_whole:
        return len(path) - len(last) >= at and path.endswith(last)
    return path.find(last, at) >= 0
