"""The network: nothing else reaches it, and only where the caller names the address.

Buckets and origins of snapshots are read by `objects.py`.
"""

from dataclasses import dataclass
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from pipeline.errors import UsageError

ANSWER_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """Status and body of an HTTP answer."""

    status: int
    content: bytes


def post(url: str, content: bytes, *, timeout_s: float = 10) -> Answer:
    """The answer to a POST, whatever its status.

    Raises:
        UsageError: not an http or https address.
        OSError: nobody answers.
    """
    if not url.startswith(("http://", "https://")):
        raise UsageError("not an http address", fix="begin it with https://")
    request = Request(url, data=content, headers={"Content-Type": "text/plain"}, method="POST")  # noqa: S310
    try:
        with urlopen(request, timeout=timeout_s) as got:  # noqa: S310
            return Answer(status=got.status, content=got.read(ANSWER_BYTES))
    except HTTPError as e:
        return Answer(status=e.code, content=e.read(ANSWER_BYTES))
