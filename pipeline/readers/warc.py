"""WARC: pages and texts with the URL and the time they were fetched (ISO 28500)."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord

from pipeline.readers import encodings, html
from pipeline.readers.limits import Limits
from pipeline.readers.records import Record


def read(path: Path, limits: Limits) -> Iterator[Record]:
    """The HTML and plain-text responses and resources of an archive; a damaged rest is one bad record."""
    try:
        with path.open("rb") as stream:
            for found in ArchiveIterator(stream):
                record = _record(found, limits)
                if record is not None:
                    yield record
    except (ArchiveLoadFailed, EOFError, ValueError, OSError):
        yield Record(problem="corrupt_warc")


def _record(found: ArcWarcRecord, limits: Limits) -> Record | None:
    if found.rec_type not in ("response", "resource"):
        return None
    headers = found.http_headers or found.rec_headers
    media, _, parameters = str(headers.get_header("Content-Type") or "").partition(";")
    if media.strip().lower() not in ("text/html", "text/plain", "application/xhtml+xml"):
        return None
    content = found.content_stream().read(limits.record_bytes + 1)
    where = {"url": found.rec_headers.get_header("WARC-Target-URI"), "fetched_at_us": _time(found)}
    if len(content) > limits.record_bytes:
        return Record(problem="record_too_large", **where)
    if found.raw_stream.limit > 0:  # warcio: bytes of the record that the file did not have
        return Record(problem="corrupt_warc", **where)
    charset = parameters.partition("charset=")[2].strip(" \"'") or None
    if media.strip().lower() == "text/plain":
        text = encodings.decode(content, charset)
        return Record(problem="not_utf8", **where) if text is None else Record(text=text, **where)
    page = html.record(content, charset)
    return Record(text=page.text, media_type=page.media_type, problem=page.problem, **where)


def _time(found: ArcWarcRecord) -> int | None:
    try:
        at = datetime.fromisoformat(str(found.rec_headers.get_header("WARC-Date")))
    except ValueError:
        return None
    return int(at.timestamp() * 1_000_000)
