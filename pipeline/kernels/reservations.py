"""Reservations of a site: what its files reserve for a URL, beyond and besides robots.txt.

Where a protocol leaves open which of two statements holds, the stricter does. Codes never hold a URL.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError, fromstring

from pipeline.kernels import robots

TRAINING = frozenset(("all", "ai-all", "ai-train", "train-ai", "train-genai"))
"""Words of RSL for a use that covers training."""
FREE = frozenset(("free", "attribution"))
USAGE = re.compile(r"\b(?:train-ai|train-genai|ai-train)\s*=\s*(n|no|\?0)(?![\w-])", re.IGNORECASE)
AI_TXT_KINDS = ("/page.txt", "/page.html")
"""ai.txt reserves by media type; a site that reserves these reserves its text."""
RSL_LONGEST = 1 << 20


class Site(NamedTuple):
    """What was fetched from one site; None where nothing was."""

    robots: str | None = None
    tdmrep: str | None = None
    ai_txt: str | None = None
    rsl: str | None = None


class Policy(NamedTuple):
    """The files of a site, read."""

    usages: tuple[tuple[str, bool], ...]  # path prefix, whether training is reserved there
    tdm: tuple[tuple[str, bool], ...]  # location, whether mining is reserved there; in the order of the file
    rsl: tuple[tuple[str, bool], ...]  # URL pattern, whether its terms reserve training
    has_terms: bool  # whether robots.txt refers to licence terms


def of_site(site: Site, agents: Sequence[str], url: str) -> tuple[str, ...]:
    """Codes of what the site reserves at `url`, without robots.txt's own verdict: `tdmrep`, `ai.txt`, ...

    Args:
        site: its files as fetched.
        agents: product tokens that a reservation may be addressed to.
        url: absolute URL or path.
    """
    found = policy(site)
    path = robots.path_of(url)
    codes = []
    if _longest(found.usages, path):
        codes.append("content-usage")
    if _longest(found.tdm, path) or _first(found.tdm, path):
        codes.append("tdmrep")
    if site.ai_txt is not None and _is_refused(site.ai_txt, agents, path):
        codes.append("ai.txt")
    if any(reserved for pattern, reserved in found.rsl if fits(path, pattern)):
        codes.append("rsl")
    return tuple(codes)


@lru_cache(maxsize=1024)
def policy(site: Site) -> Policy:
    """The files of a site, read once."""
    pairs = list(robots.lines(site.robots or ""))
    return Policy(
        usages=tuple(_usage(value) for key, value in pairs if key in ("content-usage", "content-signal")),
        tdm=tuple(_tdm(site.tdmrep)) if site.tdmrep else (),
        rsl=tuple(_rsl(site.rsl)) if site.rsl else (),
        has_terms=any(key == "license" for key, _ in pairs),
    )


def _usage(value: str) -> tuple[str, bool]:
    first, _, rest = value.partition(" ")
    path, said = (first, rest) if first.startswith("/") else ("/", value)
    return path, USAGE.search(said) is not None


def reserves_training(value: str) -> bool:
    """Whether a Content-Usage or Content-Signal value reserves training."""
    return USAGE.search(value) is not None


def _tdm(text: str) -> Iterator[tuple[str, bool]]:
    """TDMRep rules; one that breaks the protocol says nothing (TDMRep, error handling)."""
    try:
        found = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return
    for one in found if isinstance(found, list) else []:
        if isinstance(one, Mapping) and isinstance(one.get("location"), str):
            yield str(one["location"]), str(one.get("tdm-reservation")) == "1"


def _is_refused(ai_txt: str, agents: Sequence[str], path: str) -> bool:
    return any(robots.refused(ai_txt, ("*", *agents), one) for one in (path, *AI_TXT_KINDS))


def _rsl(text: str) -> Iterator[tuple[str, bool]]:
    """URL patterns and whether the licence terms there reserve training; terms that cannot be read reserve all."""
    root = None if "<!DOCTYPE" in text or "<!ENTITY" in text or len(text) > RSL_LONGEST else _parsed(text)
    if root is None:
        yield "/", True
        return
    for content in (one for one in root.iter() if _local(one) == "content"):
        licences = [one for one in content if _local(one) == "license"]
        is_free = any(_permits_training(one) for one in licences)
        yield robots.path_of(content.get("url") or "/"), bool(licences) and not is_free


def _parsed(text: str) -> Element | None:
    try:
        return fromstring(text.removeprefix("\ufeff").encode("utf-8", "replace"))  # noqa: S314  no entities, bounded
    except ParseError:
        return None


def _permits_training(licence: Element) -> bool:
    prohibited, permitted = (_usages(licence, name) for name in ("prohibits", "permits"))
    payments = {str(one.get("type")) for one in licence if _local(one) == "payment"}
    is_meant = permitted is None or bool(permitted & TRAINING)
    return is_meant and not (prohibited or frozenset()) & TRAINING and payments <= FREE


def _usages(licence: Element, name: str) -> frozenset[str] | None:
    found = [one.text or "" for one in licence if _local(one) == name and one.get("type", "usage") == "usage"]
    return frozenset(re.split(r"[\s,]+", " ".join(found).strip().lower())) if found else None


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2].lower()


def _longest(rules: Sequence[tuple[str, bool]], path: str) -> bool:
    fitting = [(len(pattern), reserved) for pattern, reserved in rules if fits(path, pattern)]
    return max(fitting)[1] if fitting else False


def _first(rules: Sequence[tuple[str, bool]], path: str) -> bool:
    return next((reserved for pattern, reserved in rules if fits(path, pattern)), False)


def fits(path: str, pattern: str) -> bool:
    """Whether a location pattern (`*` and a final `$`, as in robots.txt) matches from the start of `path`."""
    written = pattern if pattern.startswith(("/", "*")) else robots.path_of(pattern)
    return robots.matches(path, robots.Pattern(tuple(written.removesuffix("$").split("*")), written.endswith("$")))
