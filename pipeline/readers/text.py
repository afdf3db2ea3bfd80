"""Plain text and markup that is read as it stands (Markdown, reStructuredText): one document a file."""

from collections.abc import Iterator
from pathlib import Path

from pipeline.readers import encodings, streams
from pipeline.readers.limits import Limits
from pipeline.readers.records import Record


def read(path: Path, limits: Limits) -> Iterator[Record]:
    """The one record of a text file."""
    yield record(path, limits)


def record(path: Path, limits: Limits) -> Record:
    """A whole file as decoded text, or the reason why it is none."""
    try:
        return of(streams.whole(path, limits))
    except streams.BrokenStream as e:
        return Record(problem=e.problem)


def of(content: bytes, declared: str | None = None) -> Record:
    """Plain text as a record; `declared` is the charset of an HTTP header."""
    text = encodings.decode(content, declared)
    return Record(problem="not_utf8") if text is None else Record(text=text)
