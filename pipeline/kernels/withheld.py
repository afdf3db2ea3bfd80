"""Withheld: what keeps one document out, whatever its text is worth: reservations, refusals, markings of secrecy."""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from pipeline.kernels import markings, optouts, reservations, robots, signals
from pipeline.kernels.optouts import OptOuts
from pipeline.kernels.reservations import Site


class Publisher(NamedTuple):
    """What is known of where documents come from, and who refused."""

    agents: tuple[str, ...] = ()  # product tokens that a reservation may be addressed to
    own: str = "*"  # that of the crawler which collected
    sites: Mapping[str, Site] = {}  # by host, as fetched when it collected
    refused: OptOuts = optouts.compiled(())


NOBODY = Publisher()


class Item(NamedTuple):
    """One document and what came with it."""

    text: str  # as the stage keeps it
    raw: str  # as it was read: the markup of a page
    is_page: bool
    carried: str | None = None
    url: str | None = None
    author: str | None = None
    repository: str | None = None


class Withheld(NamedTuple):
    """What keeps a document out, in codes; none of them holds a word of the document or its address."""

    reservations: tuple[str, ...]
    noted: tuple[str, ...]  # what reserves something else, or could not be told
    opt_out: str | None  # kind and list
    markings: tuple[str, ...]
    ai_label: str | None
    evidence: str  # lines that say so, as found; empty where nothing does


def of(item: Item, publisher: Publisher) -> Withheld:
    """What keeps `item` out."""
    said = signals.read(item.carried, item.raw, is_page=item.is_page, agents=publisher.agents)
    site, noted, lines = _at_site(item.url, publisher)
    named = {"url": item.url, "author": item.author, "repository": item.repository}
    return Withheld(
        reservations=(*site, *said.reserved),
        noted=(*noted, *said.noted),
        opt_out=None if publisher.refused.is_empty else optouts.find(publisher.refused, text=item.text, **named),
        markings=markings.find(item.text),
        ai_label=said.ai_label,
        evidence="\n".join((*lines, *said.evidence)),
    )


Found = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


def _at_site(url: str | None, publisher: Publisher) -> Found:
    """Codes, notes and evidence of what the site of a URL reserves there."""
    if not url or not publisher.sites:
        return (), (), ()
    site = publisher.sites.get(host(url))
    if site is None:
        return (), ("site:unknown",), ()
    refused = robots.refused(site.robots, (publisher.own, *publisher.agents), url) if site.robots else ()
    others = reservations.of_site(site, publisher.agents, url)
    lines = [f"robots.txt {_digest(site.robots or '')} refuses {', '.join(refused)}"] if refused else []
    lines += [f"{code} {_digest(_file(site, code))}" for code in others]
    return (*(("robots.txt",) if refused else ()), *others), (), tuple(lines)


def _file(site: Site, code: str) -> str:
    return {"tdmrep": site.tdmrep, "ai.txt": site.ai_txt, "rsl": site.rsl}.get(code, site.robots) or ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def host(url: str) -> str:
    """The host of a URL in lower case, with a port that is not the scheme's own; empty where there is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    name = (parts.hostname or "").lower()
    return name if port in (None, 80, 443) else f"{name}:{port}"
