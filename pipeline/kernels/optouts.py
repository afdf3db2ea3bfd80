"""Opt-outs: does a refusal name this document? Look-ups in sets, whatever the length of the lists."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

KINDS = {
    "domain": "give a host name: example.org; its subdomains are meant too",
    "url": "give the beginning of a URL: https://example.org/people/",
    "author": "give a name or account as the records write it",
    "repository": "give owner/name, or owner/* for all of an owner",
    "sha256": "give the 64 hexadecimal digits of the SHA-256 of the text in UTF-8",
}
"""What can be refused, and how it is written."""
FORGES = ("github.com", "gitlab.com", "gitee.com", "bitbucket.org", "codeberg.org", "huggingface.co")
HEX = re.compile(r"[0-9a-f]{64}")


class OptOuts(NamedTuple):
    """Refusals by kind: value -> name of the list."""

    known: dict[str, dict[str, str]]
    lengths: tuple[int, ...]  # of the URL prefixes, descending

    @property
    def is_empty(self) -> bool:
        """Whether nothing is refused."""
        return not any(self.known.values())


def compiled(entries: Iterable[tuple[str, str, str]]) -> OptOuts:
    """Refusals from (list, kind, canonical value)."""
    known: dict[str, dict[str, str]] = {kind: {} for kind in KINDS}
    for name, kind, value in entries:
        known[kind].setdefault(value, name)
    return OptOuts(known, tuple(sorted({len(prefix) for prefix in known["url"]}, reverse=True)))


def find(refused: OptOuts, *, url: str | None, author: str | None, repository: str | None, text: str) -> str | None:
    """The kind and the list that refuse a document, such as `domain list.toml`; None when nobody does."""
    for kind, value in _candidates(refused, url, author, repository, text):
        name = refused.known[kind].get(value)
        if name is not None:
            return f"{kind} {name}"
    return None


def _candidates(
    refused: OptOuts, url: str | None, author: str | None, repository: str | None, text: str
) -> Iterator[tuple[str, str]]:
    place = _place(url) if url else None
    if place is not None:
        labels = place.partition("/")[0].partition(":")[0].split(".")
        yield from (("domain", ".".join(labels[n:])) for n in range(len(labels)))
        yield from (("url", place[:length]) for length in refused.lengths)
    for name in (repository, url if place and place.startswith(FORGES) else None):
        known = canonical("repository", name) if name else None
        if known is not None:
            yield "repository", known
            yield "repository", f"{known.partition('/')[0]}/*"
    if author:
        yield "author", _folded(author)
    if refused.known["sha256"]:
        yield "sha256", hashlib.sha256(text.encode()).hexdigest()


def canonical(kind: str, value: str) -> str | None:
    """A refusal in the one form in which it is looked up; None when it can match nothing."""
    value = value.strip()
    match kind:
        case "domain":
            host = value.removeprefix("*.").strip(".")
            return _host(host) if "." in host and "/" not in host else None
        case "url":
            return _place(value)
        case "author":
            return _folded(value) or None
        case "repository":
            return _repository(value)
        case "sha256":
            return value.lower() if HEX.fullmatch(value.lower()) else None
    return None


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _place(url: str) -> str | None:
    """Host and all after it, without scheme, user and default port; None when it is no absolute URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    host = _host(parts.hostname)
    if host is None:
        return None
    shown = f"{host}:{port}" if port not in (None, 80, 443) else host
    return f"{shown}{parts.path or '/'}{'?' + parts.query if parts.query else ''}"


def _host(host: str) -> str | None:
    """A host name in lower case, international names as `xn--`."""
    try:
        return host.lower() if host.isascii() else host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None


def _repository(value: str) -> str | None:
    """`owner/name` in lower case, from that, from host/owner/name or from a URL."""
    path = (_place(value) or value).removesuffix("/").lower()
    parts = [part for part in path.split("/") if part]
    if parts and parts[0] in FORGES:
        parts = parts[1:]
    return f"{parts[0]}/{parts[1].removesuffix('.git')}" if len(parts) >= 2 else None
