"""What comes with a text and says something about its use: HTTP headers, fields of a record, files of its site.

A record keeps it as lines `name: value`; `pipeline.kernels.signals` reads them.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pipeline.kernels import reservations, robots
from pipeline.kernels.reservations import Site
from pipeline.kernels.withheld import host
from pipeline.rules.sources import by_condition

HEADERS = ("x-robots-tag", "tdm-reservation", "tdm-policy", "content-usage", "content-signal", "link", "aigc")
FIELDS = {
    "AIGC": "aigc",
    "aigc": "aigc",
    "c2pa": "c2pa",
    "c2pa_manifest": "c2pa",
    "content_credentials": "c2pa",
    "x_robots_tag": "x-robots-tag",
    "tdm_reservation": "tdm-reservation",
    "tdm_policy": "tdm-policy",
    "content_usage": "content-usage",
}
"""Fields of a record, and the header that each stands for."""
LONGEST = 1 << 16
SITE_FILES = {"/robots.txt": "robots", "/.well-known/tdmrep.json": "tdmrep", "/ai.txt": "ai_txt"}


def from_headers(headers: Iterable[tuple[str, str]]) -> str | None:
    """The headers that say something about use, as lines; None where none does."""
    lines = [f"{name.lower()}: {_line(value)}" for name, value in headers if name.lower() in HEADERS]
    return "\n".join(lines) or None


def from_fields(found: Mapping[str, object]) -> str | None:
    """The fields that say something about use, as lines; `headers` may be an object of HTTP headers."""
    lines = [f"{header}: {_line(value)}" for name, header in FIELDS.items() if (value := found.get(name)) is not None]
    headers = found.get("headers")
    if isinstance(headers, Mapping):
        taken = from_headers((str(name), str(value)) for name, value in headers.items())
        lines += [taken] if taken else []
    return "\n".join(lines) or None


def _line(value: object) -> str:
    written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return " ".join(written[:LONGEST].encode("utf-8", "replace").decode().split())


def is_site_file(url: str) -> bool:
    """Whether a URL is that of a file in which a site says what it reserves."""
    return robots.path_of(url.strip("<>")) in SITE_FILES


@dataclass(slots=True)
class Sites:
    """The files of sites that an archive holds itself: what its crawler saw before it fetched pages."""

    known: dict[str, Site] = field(default_factory=dict)

    def note(self, url: str, content: str) -> None:
        """Remember a file of a site, if it is one that reserves."""
        name = SITE_FILES.get(robots.path_of(url))
        if name is not None:
            self.known[host(url)] = self.known.get(host(url), Site())._replace(**{name: content})

    def reserves(self, url: str) -> str | None:
        """The line `site-reserves: codes` for a page, where the archive holds files of its site that reserve it."""
        site = self.known.get(host(url))
        if site is None:
            return None
        agents = by_condition("reserved").agents
        codes = list(reservations.of_site(site, agents, url))
        if site.robots is not None and robots.refused(site.robots, ("*", *agents), url):
            codes.insert(0, "robots.txt")
        return f"site-reserves: {', '.join(codes)}" if codes else None
