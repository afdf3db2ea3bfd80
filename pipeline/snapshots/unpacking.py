"""What a Parquet file unpacks to, by the headers of its pages: nothing is unpacked to find out.

The footer repeats what its writer says; a reader makes room for what the header of a page says, so that is what counts.

Source: Apache Parquet format, `parquet.thrift`, PageHeader; Thrift compact protocol specification.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import TypeAlias

import pyarrow.parquet as pq

VALUE_BYTES = 8
"""What a value takes at least, however few bytes its page has."""

Field: TypeAlias = "int | Mapping[int, Field] | None"

_TYPE, _UNPACKED, _PACKED = 1, 2, 3  # fields of PageHeader
_KINDS = {0: (5, 2), 2: (7, 2), 3: (8, 4)}  # type of page: field of its own header, and of the encoding in that
_DICTIONARY = 2
_PLAIN, _CODED = (0,), (2, 8)  # PLAIN; PLAIN_DICTIONARY and RLE_DICTIONARY
_DEPTH = 3  # PageHeader, DataPageHeaderV2, Statistics
_STRUCT = 12  # a type of the protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Unpacked:
    """What a file unpacks to at most, in bytes."""

    pages: int  # of the pages as they stand, and the least that their values take
    named: int  # of the values of dictionaries, each as long as its whole dictionary and as often as one is named


def unpacked(path: Path, found: pq.FileMetaData) -> Unpacked:
    """What the file at `path` unpacks to at most.

    Raises:
        ValueError: a page that is not as the format says, or in an encoding whose bytes do not tell how many they
            stand for, such as DELTA_BYTE_ARRAY.
    """
    pages = named = 0
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        for extent in _extents(found, len(content)):
            dictionary = coded = 0
            for kind, n_bytes, values, encoding in _pages(content, *extent):
                pages += n_bytes + VALUE_BYTES * values
                dictionary += n_bytes if kind == _DICTIONARY else 0
                coded += values if encoding in _CODED and kind != _DICTIONARY else 0
            named += dictionary * coded
    return Unpacked(pages=pages, named=named)


def _extents(found: pq.FileMetaData, n_bytes: int) -> Iterator[tuple[int, int]]:
    """Where the pages of each column of each row group begin and end; together no more than the file has."""
    left = n_bytes
    for group in map(found.row_group, range(found.num_row_groups)):
        for column in map(group.column, range(group.num_columns)):
            first = (column.dictionary_page_offset, column.data_page_offset)  # none or 0: there is no such page
            start = min(filter(None, first), default=0)
            end = start + column.total_compressed_size
            left -= end - start
            if not 0 <= start <= end <= n_bytes or left < 0:
                raise ValueError("pages outside of the file, or twice")
            yield start, end


def _pages(content: mmap, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Type, unpacked bytes, values and encoding of each page."""
    while at < end:
        header, at = _struct(content, at, _DEPTH)
        kind, n_bytes, packed = (_number(header.get(name)) for name in (_TYPE, _UNPACKED, _PACKED))
        own, encoding = _KINDS[kind]
        said = header[own]
        if not isinstance(said, Mapping) or _number(said.get(encoding)) not in _PLAIN + _CODED:
            raise ValueError("an encoding that snapshots do not have")
        yield kind, n_bytes, _number(said.get(1)), _number(said[encoding])
        at += packed
    if at > end:
        raise ValueError("a page that is longer than its column")


def _number(value: Field) -> int:
    if not isinstance(value, int) or value < 0:
        raise ValueError("a page header without a number that it must have")
    return value


def _struct(content: mmap, at: int, depth: int) -> tuple[dict[int, Field], int]:
    """The fields of a struct by their ids, and where it ends; bytes are passed over."""
    if not depth:
        raise ValueError("a page header with more in it than any has")
    found: dict[int, Field] = {}
    field = 0
    while head := content[at]:
        at += 1
        step, kind = head >> 4, head & 15
        if step:
            field += step
        else:
            field, at = _zigzag(content, at)
        found[field], at = _struct(content, at, depth - 1) if kind == _STRUCT else _VALUES[kind](content, at)
    return found, at + 1


def _varint(content: mmap, at: int) -> tuple[int, int]:
    value = shift = 0
    while (byte := content[at]) & 128:
        value |= (byte & 127) << shift
        shift += 7
        at += 1
        if shift > 63:
            raise ValueError("a number that is too long")
    return value | byte << shift, at + 1


def _zigzag(content: mmap, at: int) -> tuple[int, int]:
    value, at = _varint(content, at)
    return value >> 1 ^ -(value & 1), at


def _bytes(content: mmap, at: int) -> tuple[None, int]:
    n, at = _varint(content, at)
    return None, at + n


_VALUES: Mapping[int, Callable[[mmap, int], tuple[Field, int]]] = {
    1: lambda _, at: (1, at),  # true
    2: lambda _, at: (0, at),  # false
    3: lambda _, at: (None, at + 1),  # a byte
    4: _zigzag,
    5: _zigzag,
    6: _zigzag,
    8: _bytes,
}
