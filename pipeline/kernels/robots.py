"""Does a robots.txt allow an agent to fetch a URL? (RFC 9309, with Protego's parser.)"""

from protego import Protego

LONGEST = 500 * 1024
"""Bytes of a robots.txt that count (RFC 9309, 2.5)."""


def allows(robots_text: str, agent: str, url: str) -> bool:
    """Whether `agent` may fetch `url`; an empty file allows everything."""
    cut = robots_text.encode()[:LONGEST].decode("utf-8", "ignore")
    return bool(Protego.parse(cut).can_fetch(url, agent))
