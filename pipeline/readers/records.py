"""Builds tables of `RECORDS` of bounded size, from good and bad records alike."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from pipeline.readers.limits import Limits
from pipeline.schemas import RECORDS, conform


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One record as read: a text, or the reason why there is none."""

    text: str | None = None
    media_type: str = "text/plain"
    problem: str | None = None
    url: str | None = None
    fetched_at_us: int | None = None
    licence_declared: str | None = None
    lang_declared: str | None = None
    carried: str | None = None  # headers and fields that say something about use, lines `name: value`
    author: str | None = None
    repository: str | None = None


def tables(records: Iterable[Record], name: str, limits: Limits) -> Iterator[pa.Table]:
    """Tables of `RECORDS`, each within `limits`; the locator is `name#<number of the record, from 1>`."""
    pending: list[Record] = []
    size, first = 0, 1
    for record in records:
        pending.append(record)
        size += len(record.text or "")
        if len(pending) >= limits.batch_rows or size >= limits.batch_bytes:
            yield _table(pending, name, first)
            first += len(pending)
            pending, size = [], 0
    if pending:
        yield _table(pending, name, first)


def _table(records: list[Record], name: str, first: int) -> pa.Table:
    columns: dict[str, object] = {
        "locator": [f"{name}#{first + i}" for i in range(len(records))],
        "text": [r.text for r in records],
        "media_type": [r.media_type for r in records],
        "problem": [r.problem for r in records],
        "url": [r.url for r in records],
        "fetched_at_us": [r.fetched_at_us for r in records],
        "licence_declared": [r.licence_declared for r in records],
        "lang_declared": [r.lang_declared for r in records],
        "carried": [r.carried for r in records],
        "author": [r.author for r in records],
        "repository": [r.repository for r in records],
    }
    return conform(columns, RECORDS)


def shown(name: str) -> str:
    r"""A file name as text: bytes that are not UTF-8 as `\\xNN`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def encodable(text: str) -> bool:
    """Whether `text` is valid Unicode: JSON may smuggle lone surrogates in."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
