"""WARC: pages and texts with the URL and the time they were fetched (ISO 28500)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from itertools import chain
from pathlib import Path

from warcio.bufferedreaders import ChunkedDataReader
from warcio.statusandheaders import StatusAndHeaders

from pipeline.readers import encodings, gunzip, html, streams, text, warc_records
from pipeline.readers.carried import Sites, from_headers, is_site_file
from pipeline.readers.limits import Limits
from pipeline.readers.records import Record

JSON = "application/json"
MEDIA = ("text/html", "text/plain", "application/xhtml+xml")


def read(path: Path, limits: Limits) -> Iterator[Record]:
    """The HTML and plain-text responses and resources of an archive; each damaged stretch is one bad record."""
    sites = Sites()
    try:
        for block in warc_records.blocks(_bytes(path, limits), limits.record_bytes + warc_records.HEAD_BYTES):
            record = _record(block, limits, sites)
            if record is not None:
                yield record
    except streams.BrokenStream as e:
        yield Record(problem=e.problem)


def _bytes(path: Path, limits: Limits) -> Iterator[bytes | None]:
    """The bytes of an archive, whatever its name says; archives that were compressed twice are common enough."""
    if path.suffix in streams.COMPRESSIONS and path.suffix != ".gz":
        yield from streams.chunks(path, limits)
        return
    pieces: Iterator[bytes | None] = _raw(path)
    for _ in range(2):
        first = next(pieces, b"")
        pieces = chain([first], pieces)
        if first is None or not first.startswith(gunzip.MAGIC):
            break
        pieces = gunzip.members(piece for piece in pieces if piece is not None)
    most = max(streams.FREE, path.stat().st_size * limits.expansion)
    for piece in pieces:
        most -= len(piece or b"")
        if most < 0:
            raise streams.BrokenStream("expansion_limit")
        yield piece


def _raw(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            while piece := stream.read(gunzip.PIECE):
                yield piece
    except OSError as e:
        raise streams.BrokenStream("unreadable_file") from e


def _record(block: warc_records.Block, limits: Limits, sites: Sites) -> Record | None:
    if block.headers is None:
        return Record(problem="corrupt_warc")
    url = str(block.headers.get_header("WARC-Target-URI") or "").strip("<>") or None
    record = _document(block, block.headers, limits) if block.is_whole else Record(problem="corrupt_warc")
    if record is None:
        return None
    if url and record.text is not None and record.media_type != "text/html":
        sites.note(url, record.text)
    if record.media_type == JSON:
        return None
    lines = [line for line in (record.carried, sites.reserves(url) if url else None) if line]
    return replace(record, url=url, fetched_at_us=_time(block.headers), carried="\n".join(lines) or None)


def _document(block: warc_records.Block, outer: StatusAndHeaders, limits: Limits) -> Record | None:
    """The text of a whole record; None for a record that is no page and no text. JSON may be a file of its site."""
    if str(outer.get_header("WARC-Type")).lower() not in {"response", "resource"}:
        return None
    headers, body = _http(block.content) if block.content.startswith(b"HTTP/") else (outer, block.content)
    media, _, parameters = str(headers.get_header("Content-Type") or "").partition(";")
    media = media.strip().lower()
    if media not in MEDIA and not (media == JSON and is_site_file(str(outer.get_header("WARC-Target-URI")))):
        return None
    content = _body(headers, body, limits.record_bytes + 1)
    if max(len(block.content), len(content or b"")) > limits.record_bytes:
        return Record(problem="record_too_large")
    if content is None:
        return Record(problem="corrupt_warc")
    charset = parameters.lower().partition("charset=")[2].partition(";")[0].strip(" \"'") or None
    record = text.of(content, charset) if media in {"text/plain", JSON} else html.record(content, charset)
    record = replace(record, media_type=JSON) if media == JSON else record
    return replace(record, carried=from_headers(headers.headers))


def _http(content: bytes) -> tuple[StatusAndHeaders, bytes]:
    end = warc_records.HEAD_END.search(content)
    at = end.end() if end else len(content)
    return warc_records.headers(content[:at]) or StatusAndHeaders("", []), content[at:]


def _body(headers: StatusAndHeaders, body: bytes, most: int) -> bytes | None:
    """The body without transfer and content encodings; None when it is damaged or in an encoding we do not read."""
    if str(headers.get_header("Transfer-Encoding") or "").strip().lower() == "chunked":
        body = ChunkedDataReader(BytesIO(body)).read()
    encoding = str(headers.get_header("Content-Encoding") or "identity").strip().lower().removeprefix("x-")
    if encoding == "identity":
        return body
    if encoding in {"gzip", "deflate"}:
        return gunzip.body(body, encoding, most)
    return body if encodings.is_utf8(body) else None


def _time(headers: StatusAndHeaders) -> int | None:
    try:
        at = datetime.fromisoformat(str(headers.get_header("WARC-Date")))
        return int(at.replace(tzinfo=at.tzinfo or UTC).timestamp() * 1_000_000)
    except (ValueError, OverflowError):
        return None
