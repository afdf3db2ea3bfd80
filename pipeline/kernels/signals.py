"""Signals: what a document says about its own use and making, in HTTP headers, page metadata and fields.

`carried` are lines `name: value` that a reader took from around the text; a page is its markup. Codes are short words
of ours: `x-robots-tag:noai`, `meta:noai`, `tdm-header`, `tdm-meta`, `content-usage`, `c2pa:training-mining`, `rsl`.
"""

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pipeline.kernels import reservations

HEAD_CHARS = 1 << 18
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
TAG = re.compile(r"<(meta|link)\b([^>]{0,8000})>", re.IGNORECASE)
ATTRIBUTE = re.compile(r"""([a-zA-Z:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
AIGC = re.compile(r"""(?<![A-Za-z])AIGC["']?\s*[:=]\s*["']?(\{[^{}]{0,4000}\})""")
YAML = re.compile(r"""^AIGC:[ \t]*\n(?:[ \t]+.*\n)*?[ \t]+Label:[ \t]*["']?([123])""", re.MULTILINE)
FRONT_CHARS = 4096
LABELS = {"1": "yes", "2": "possible", "3": "suspected"}
"""GB 45438-2025, Annex E: is made by AI, may be, is suspected to be."""
MADE = re.compile(r"trainedAlgorithmicMedia", re.IGNORECASE)
TRAINING_MINING = re.compile(
    r"(?:c2pa|cawg)\.(?:data_mining|ai_training|ai_generative_training|generative_ai_training)"
    r".{0,24}?use.{0,6}?(notAllowed|constrained)",
    re.DOTALL,
)
"""An entry of the C2PA or CAWG assertion, in JSON or CBOR: strings stand as they are in both."""
WRAPPER = re.compile("\ufeff([\ufe00-\ufe0f\U000e0100-\U000e01ef]{16,})")
MAGIC = "C2PATXT\0"
REFUSING = frozenset(("noai", "notrain"))
ADDRESSED = frozenset(("noindex", "none"))
"""What refuses when it is addressed to an agent that gathers training data."""
VALUED = frozenset(("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"))
"""Directives that take a value after a colon, and so are no agents."""
NOTED = frozenset(("noimageai",))


class Signals(NamedTuple):
    """What one document says about itself."""

    reserved: tuple[str, ...] = ()  # codes of what reserves its text
    noted: tuple[str, ...] = ()  # codes of what reserves something else, or refers to terms elsewhere
    ai_label: str | None = None  # yes, possible, suspected; c2pa: a manifest is there and does not say
    evidence: tuple[str, ...] = ()  # the lines and tags that say so, as found


NONE = Signals()


def read(carried: str | None, text: str, *, is_page: bool, agents: Sequence[str]) -> Signals:
    """The signals of one document.

    Args:
        carried: lines `name: value`.
        text: the text, or the markup of a page, before it is normalised.
        is_page: whether `text` is markup.
        agents: product tokens that a reservation may be addressed to.
    """
    named = [*_lines(carried), *(_tags(text) if is_page else ())]
    manifest = _manifest(text)
    front = None if is_page else _front(text)
    if not named and manifest is None and front is None:
        return NONE
    known = frozenset(agent.lower() for agent in agents)
    found = [one for name, value, where in named for one in _codes(name, value, where, known)]
    contents = [value for name, value, _ in named if name in ("c2pa", "aigc", "c2pa-manifest")]
    contents += [one for one in (manifest, front) if one is not None]
    found += [("c2pa:training-mining", True) for one in contents if TRAINING_MINING.search(one)]
    labels = [label for name, value, _ in named if (label := _label(name, value))]
    labels += [_made(manifest)] if manifest else []
    labels += [label for one in [front] if one and (label := _aigc(one))]
    evidence = [f"{name}: {value}" for name, value, where in named if _codes(name, value, where, known)]
    evidence += [f"{name}: {value}" for name, value, _ in named if _label(name, value)]
    evidence += [f"aigc: {front}"] if front else []
    return Signals(
        reserved=tuple(sorted({code for code, binds in found if binds})),
        noted=tuple(sorted({code for code, binds in found if not binds})),
        ai_label=min(labels, key=_rank, default=None),
        evidence=tuple(dict.fromkeys(evidence)),
    )


def _rank(label: str) -> int:
    order = (*LABELS.values(), "c2pa")
    return order.index(label) if label in order else len(order)


def _lines(carried: str | None) -> Iterator[tuple[str, str, str]]:
    for line in (carried or "").split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            yield name.strip().lower(), value.strip(), "header"


def _tags(page: str) -> Iterator[tuple[str, str, str]]:
    """The meta and link elements of a page's beginning; comments and scripts hold none."""
    for tag in TAG.finditer(COMMENT.sub("", page[:HEAD_CHARS])):
        found = {one[1].lower(): html.unescape(one[2] or one[3] or one[4] or "") for one in ATTRIBUTE.finditer(tag[2])}
        if tag[1].lower() == "meta":
            name = found.get("name") or found.get("http-equiv") or found.get("property")
            if name:
                yield name.strip().lower(), found.get("content", "").strip(), "meta"
        elif "rel" in found:
            yield "link", f'<{found.get("href", "")}>; rel="{found["rel"]}"; type="{found.get("type", "")}"', "meta"


def _codes(name: str, value: str, where: str, agents: frozenset[str]) -> list[tuple[str, bool]]:
    """Codes of one header or tag, and whether each reserves the text."""
    if where == "meta" and (name == "robots" or name in agents):
        return list(_directives(value if name == "robots" else f"{name}: {value}", "meta", agents))
    found = []
    match name:
        case "x-robots-tag":
            found = list(_directives(value, "x-robots-tag", agents))
        case "tdm-reservation" if value.strip("\"' ") == "1":
            found = [(f"tdm-{where}", True)]
        case "content-usage" | "content-signal" if reservations.reserves_training(value):
            found = [("content-usage", True)]
        case "site-reserves":
            found = [(code.strip(), True) for code in value.split(",")]
        case "link" if "rsl+xml" in value.lower():
            found = [("rsl", False)]
    return found


def _directives(value: str, where: str, agents: frozenset[str]) -> Iterator[tuple[str, bool]]:
    """`noai`, `GPTBot: noai, noindex`: an agent holds for what follows it, up to the next one."""
    agent = "*"
    for part in value.lower().split(","):
        before, colon, after = part.partition(":")
        if colon and before.strip() not in VALUED:
            agent = before.strip()
        word = (after if colon else part).strip()
        if agent != "*" and agent not in agents:
            continue
        if word in REFUSING or (agent != "*" and word in ADDRESSED):
            yield f"{where}:{word}", True
        elif word in NOTED:
            yield f"{where}:{word}", False


def _label(name: str, value: str) -> str | None:
    if name == "aigc":
        return _aigc(value)
    if name == "c2pa":
        return _made(value)
    return "c2pa" if name == "link" and "c2pa-manifest" in value else None


def _made(manifest: str) -> str:
    return "yes" if MADE.search(manifest) else "c2pa"


def _aigc(value: str) -> str | None:
    """The label of a GB 45438 object, also within an outer object or written as a string."""
    try:
        found: object = json.loads(value)
        found = json.loads(found) if isinstance(found, str) else found
    except (ValueError, RecursionError):
        return None
    if isinstance(found, Mapping):
        found = found.get("AIGC", found)
        found = found if isinstance(found, Mapping) else {}
        return LABELS.get(str(found.get("Label")).strip())
    return None


def _front(text: str) -> str | None:
    """The object after `AIGC` in the front matter of a text: the document metadata of Markdown and the like."""
    head = text[:FRONT_CHARS].lstrip("\ufeff \n")
    if not head.startswith(("---", "+++", "<!--")) or "AIGC" not in head:
        return None
    closing = {"---": "\n---", "+++": "\n+++"}.get(head[:3], "-->")
    matter = head[: end if (end := head.find(closing, 3)) > 0 else len(head)]
    found, mapped = AIGC.search(matter), YAML.search(matter)
    if mapped:
        return f'{{"Label": "{mapped[1]}"}}'
    return found[1] if found else None


def _manifest(text: str) -> str | None:
    """A C2PA manifest hidden in variation selectors (C2PA 2.1, text), as characters of the same codes as its bytes."""
    for found in WRAPPER.finditer(text) if "\ufeff" in text else ():
        content = "".join(chr(_byte(c)) for c in found[1])
        if content.startswith(MAGIC):
            return content
    return None


def _byte(selector: str) -> int:
    code = ord(selector)
    return code - 0xFE00 if code <= 0xFE0F else code - 0xE0100 + 16
