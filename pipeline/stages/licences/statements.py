"""What a document says of its own licence: its record, a header in it, the markup of its page.

Read from the record as it came, before the main text is taken out: the statements stand in what is cut away.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

LAYERS = ("record", "header", "page", "file")
HEAD_CHARS = 8192
"""A header stands at the beginning of a file."""
HEADER = re.compile(r"SPDX-License-Identifier:[ \t]*([A-Za-z0-9.+() :-]{2,200})")
TAG = re.compile(r"<(a|link|meta|span|div|p)\b([^<>]{0,2000})>", re.IGNORECASE)
ATTRIBUTE = re.compile(r"""([A-Za-z:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
META = frozenset(
    "dc.rights dc.rights.license dc.license dcterms.license dcterms.rights dcterms.rights.license license licence "
    "rights-standard citation_license copyright-license".split()
)
JSON_LD = re.compile(
    r"<script[^>]{0,200}application/ld\+json[^>]{0,200}>(.{0,200000}?)</script>", re.IGNORECASE | re.DOTALL
)
ABOUT_MEDIA = re.compile(r"Image|Video|Audio|MediaObject")
"""Types of schema.org objects that are in a page and are not the page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """A licence as it was said, and where."""

    layer: str  # one of LAYERS
    kind: str  # column, spdx-header, rel-license, meta, microdata, schema.org, reuse, dep5, package
    said: str


def of_record(text: str | None, media_type: str, declared: str | None, of_file: str | None) -> list[Statement]:
    """Every statement of one record.

    Args:
        text: as read; HTML with its markup.
        media_type: of the record.
        declared: its licence column, verbatim.
        of_file: what stands beside its file says (REUSE, DEP-5, package metadata), lines `kind said`.
    """
    found = [] if declared is None else [Statement(layer="record", kind="column", said=declared)]
    for line in (of_file or "").splitlines():
        kind, _, said = line.partition(" ")
        found.append(Statement(layer="file", kind=kind, said=said))
    if text is None:
        return found
    headers = (one[1].rstrip("- ") for one in HEADER.finditer(text[:HEAD_CHARS]))  # `-->` ends a comment
    found += [Statement(layer="header", kind="spdx-header", said=one) for one in headers]
    return [*found, *of_page(text)] if media_type in ("text/html", "application/xhtml+xml") else found


def of_page(page: str) -> list[Statement]:
    """The statements in the markup of a page: rel=license, Dublin Core and other meta elements, microdata, JSON-LD."""
    if not re.search("(?i)licen[sc]e|dc.?(terms)?.rights", page):
        return []
    said = [statement for tag in TAG.finditer(page) if (statement := _of_tag(tag[1].lower(), tag[2])) is not None]
    for block in JSON_LD.finditer(page):
        said += [Statement(layer="page", kind="schema.org", said=one) for one in _of_json(block[1])]
    return list(dict.fromkeys(said))


def _of_tag(name: str, rest: str) -> Statement | None:
    given = {m[1].lower(): unescape(m[2] or m[3] or m[4] or "").strip() for m in ATTRIBUTE.finditer(rest)}
    if name in ("a", "link") and "license" in given.get("rel", "").lower().split() and given.get("href"):
        return Statement(layer="page", kind="rel-license", said=given["href"])
    if name == "meta" and given.get("name", given.get("property", "")).lower() in META and given.get("content"):
        return Statement(layer="page", kind="meta", said=given["content"])
    if given.get("itemprop", "").lower() == "license" and (said := given.get("href") or given.get("content")):
        return Statement(layer="page", kind="microdata", said=said)
    return None


def _of_json(block: str) -> Iterator[str]:
    try:
        found = json.loads(block)
    except (ValueError, RecursionError):
        return
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, dict):
            yield from (said for item in (one, *_graph(one)) for said in _licences(item))


def _graph(of: dict[str, Any]) -> list[dict[str, Any]]:
    graph = of.get("@graph")
    return [item for item in graph if isinstance(item, dict)] if isinstance(graph, list) else []


def _licences(item: dict[str, Any]) -> Iterator[str]:
    if ABOUT_MEDIA.search(str(item.get("@type", ""))):
        return
    said = item.get("license")
    for one in said if isinstance(said, list) else [said]:
        value = one.get("url") or one.get("@id") or one.get("name") if isinstance(one, dict) else one
        if isinstance(value, str) and value.strip():
            yield value
