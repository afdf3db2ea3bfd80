"""HTML pages, one a file; the markup stays, the main text is taken out by the stage."""

from collections.abc import Iterator
from pathlib import Path

from pipeline.readers import encodings, streams
from pipeline.readers.limits import Limits
from pipeline.readers.records import Record


def read(path: Path, limits: Limits) -> Iterator[Record]:
    """The one record of a page."""
    try:
        yield record(streams.whole(path, limits))
    except streams.BrokenStream as e:
        yield Record(problem=e.problem)


def record(content: bytes, declared: str | None = None) -> Record:
    """A page as a record.

    Args:
        content: the bytes of the page.
        declared: the charset of an HTTP header, which goes before the page's own.
    """
    text = encodings.decode(content, declared or encodings.declared_in_html(content))
    return Record(problem="not_utf8") if text is None else Record(text=text, media_type="text/html")
