"""JSON lines: one object a line with a string `text`; every bad line is a record of its own."""

import codecs
import json
from collections.abc import Iterator
from pathlib import Path

from pipeline.readers import carried, streams
from pipeline.readers.limits import Limits
from pipeline.readers.records import Record, encodable


def read(path: Path, limits: Limits) -> Iterator[Record]:
    """The records of a file of JSON lines, in order. Blank lines are none; UTF-16 is one bad record (RFC 8259, 8.1)."""
    try:
        for number, line in enumerate(streams.lines(path, limits)):
            if number == 0 and line is not None:
                if line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                    yield Record(problem="not_utf8")
                    return
                line = line.removeprefix(codecs.BOM_UTF8)  # noqa: PLW2901  a mark, which JSON allows to be ignored
            if line is None:
                yield Record(problem="record_too_large")
            elif line.strip():
                yield record(line)
    except streams.BrokenStream as e:
        yield Record(problem=e.problem)


def record(line: bytes) -> Record:
    """One line as a record, good or bad."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return Record(problem="not_utf8")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return Record(problem="invalid_json")
    return from_fields(found)


def from_fields(found: object) -> Record:
    """A record from the fields of an object: `text`, and what it says about itself."""
    if not isinstance(found, dict) or "text" not in found:
        return Record(problem="no_text")
    text = found["text"]
    if not isinstance(text, str):
        return Record(problem="no_text" if text is None else "text_not_string")
    if not encodable(text):
        return Record(problem="lone_surrogate")
    return Record(
        text=text,
        url=_string(found, "url"),
        licence_declared=_string(found, "licence", "license"),
        lang_declared=_string(found, "language", "lang"),
        carried=carried.from_fields(found),
        author=_string(found, "author"),
        repository=_string(found, "repository", "repo"),
    )


def _string(found: dict[str, object], *names: str) -> str | None:
    for name in names:
        value = found.get(name)
        if isinstance(value, str) and encodable(value):
            return value
    return None
