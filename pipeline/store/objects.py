"""Objects of a bucket (S3 and what speaks like it), and files of a web server, through obstore.

Where a bucket is and who may: the AWS_* environment. A web server can be read from and nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

import obstore
from obstore.exceptions import AlreadyExistsError, NotSupportedError
from obstore.store import ObjectStore, from_url

CHUNK_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Object:
    """A name below a bucket's URL; `/` leads further down, as it does for a path. Creating it reaches no network."""

    url: str  # s3://BUCKET, s3://BUCKET/PREFIX, http://HOST/PREFIX or https://HOST/PREFIX
    key: str = ""

    def __truediv__(self, name: str) -> "Object":
        return Object(self.url, str(PurePosixPath(self.key, name)))

    @property
    def name(self) -> str:
        """The last part of the key."""
        return PurePosixPath(self.key).name

    @property
    def parent(self) -> "Object":
        """One level up."""
        above = str(PurePosixPath(self.key).parent)
        return Object(self.url, "" if above == "." else above)

    def resolve(self) -> "Object":
        """Itself: a key has one spelling."""
        return self

    def absolute(self) -> "Object":
        """Itself: a bucket's URL says where it is."""
        return self


@cache
def _store(url: str) -> ObjectStore:
    return from_url(url, client_options={"allow_http": True}) if url.startswith("http") else from_url(url)


def stream(place: Object, start: int) -> Iterator[bytes]:
    """The bytes of an object from `start` on, in pieces of some MB.

    Raises:
        FileNotFoundError: it is not there.
    """
    try:
        got = obstore.get(_store(place.url), place.key, options={"range": {"offset": start}} if start else None)
        skip = 0
    except NotSupportedError:  # a web server that knows no ranges
        got, skip = obstore.get(_store(place.url), place.key), start
    for chunk in got.stream(min_chunk_size=CHUNK_BYTES):
        if skip < len(chunk):
            yield bytes(chunk)[skip:]
        skip = max(0, skip - len(chunk))


def read_if_any(place: Object) -> bytes | None:
    """The bytes of an object; None when it is not there."""
    try:
        return obstore.get(_store(place.url), place.key).bytes().to_bytes()
    except FileNotFoundError:
        return None


def stamp(place: Object) -> tuple[str, int] | None:
    """What changes when another object takes the place of this one; None when there is none."""
    try:
        found = obstore.head(_store(place.url), place.key)
    except FileNotFoundError:
        return None
    return str(found["e_tag"]), int(found["last_modified"].timestamp())


def write(place: Object, content: bytes) -> None:
    """Write an object, whatever stood there."""
    obstore.put(_store(place.url), place.key, content)


def put_if_absent(place: Object, content: bytes) -> bool:
    """Create an object unless it exists (`If-None-Match: *`); True when this call is known to have created it.

    After a lost answer the retry finds the object there and says False: whoever must know compares the bytes.
    """
    try:
        obstore.put(_store(place.url), place.key, content, mode="create")
    except AlreadyExistsError:
        return False
    return True


def remove(place: Object) -> None:
    """Delete an object."""
    obstore.delete(_store(place.url), place.key)


def listed(place: Object) -> list[str]:
    """Keys below `place`, relative to it, sorted."""
    prefix = f"{place.key}/" if place.key else ""
    found = obstore.list(_store(place.url), prefix or None)
    return sorted(one["path"].removeprefix(prefix) for page in found for one in page)
