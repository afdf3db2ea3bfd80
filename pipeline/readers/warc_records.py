"""Blocks of a web archive and where they are broken: nothing of a damaged record hides the next one (ISO 28500)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParser

START = re.compile(rb"(?<=\n)WARC/[01]\.[0-9]")
HEAD_END = re.compile(rb"\r?\n\r?\n")
HEAD_BYTES = 64 << 10
PARSER = StatusAndHeadersParser([], verify=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """One record: its headers, and its block as far as it was kept. No headers: bytes that are no record."""

    headers: StatusAndHeaders | None
    content: bytes = b""
    is_whole: bool = False  # the archive has as many bytes as the record claims


class _Tape:
    """A window over pieces of bytes that stops at damage (None) until it is told to go on."""

    def __init__(self, pieces: Iterator[bytes | None]) -> None:
        self.pieces, self.held, self.is_damaged, self.is_ended = pieces, bytearray(), False, False

    def fill(self, size: int) -> bool:
        """Hold at least `size` bytes; False when they are not to be had."""
        while len(self.held) < size and not self.is_damaged and not self.is_ended:
            piece = next(self.pieces, b"")
            self.is_damaged, self.is_ended = piece is None, piece == b""
            self.held += piece or b""
        return len(self.held) >= size

    def skip(self, size: int) -> bool:
        """Pass over `size` bytes in bounded memory."""
        while size > len(self.held):
            size -= len(self.held)
            self.held.clear()
            if not self.fill(1):
                return False
        del self.held[:size]
        return True

    def resume(self) -> None:
        """Go on after damage; what was held before it is given up."""
        self.held, self.is_damaged = bytearray(), False


def blocks(pieces: Iterator[bytes | None], most: int) -> Iterator[Block]:
    """Every record of an archive in order, and one `Block` without headers for each stretch that is none.

    A record whose length is wrong is not whole, and reading goes on right after its headers: the records that
    its length claimed are found again.

    Args:
        pieces: decompressed bytes; None where some were lost.
        most: bytes of a block that are kept; the rest is passed over.
    """
    tape = _Tape(pieces)
    while True:
        _skip_blank(tape)
        if not tape.fill(1):
            if tape.is_ended:
                return
            yield Block(headers=None)
            tape.resume()
        elif not tape.fill(5) or not tape.held.startswith(b"WARC/"):
            yield Block(headers=None)
            _seek(tape)
        else:
            yield _block(tape, most)


def _block(tape: _Tape, most: int) -> Block:
    headers, start = _headers(tape)
    length = str(headers.get_header("Content-Length") or "") if headers else ""
    if not length.isascii() or not length.isdigit() or len(length) > 18:
        del tape.held[:5]
        _seek(tape)
        return Block(headers=headers)
    end = start + int(length)
    kept = min(end, start + most)
    is_there = tape.fill(kept)
    content = bytes(tape.held[start:kept])
    if is_there and kept < end:
        return Block(headers=headers, content=content, is_whole=tape.skip(end))
    if is_there and _is_followed_well(tape, end):
        del tape.held[:end]
        return Block(headers=headers, content=content, is_whole=True)
    del tape.held[: start - 1]  # the line feed before a start is part of finding it
    _seek(tape)
    return Block(headers=headers)


def _headers(tape: _Tape) -> tuple[StatusAndHeaders | None, int]:
    size = 0
    while (end := HEAD_END.search(tape.held)) is None and size < HEAD_BYTES:
        size = len(tape.held) + 1
        if not tape.fill(size):
            return None, 0
    if end is None or end.end() > HEAD_BYTES:
        return None, 0
    return headers(bytes(tape.held[: end.end()])), end.end()


def headers(content: bytes) -> StatusAndHeaders | None:
    """Status line and headers at the beginning of `content`, WARC or HTTP."""
    try:
        return PARSER.parse(BytesIO(content))
    except (EOFError, ValueError, IndexError):
        return None


def _is_followed_well(tape: _Tape, end: int) -> bool:
    tape.fill(end + 64)
    after = bytes(tape.held[end : end + 64])
    return after.startswith(b"\r\n\r\n") or b"WARC/".startswith(after.lstrip(b"\r\n")[:5])


def _skip_blank(tape: _Tape) -> None:
    while tape.fill(1):
        blank = len(tape.held) - len(tape.held.lstrip(b"\r\n"))
        if not blank:
            return
        del tape.held[:blank]


def _seek(tape: _Tape) -> None:
    """Pass over everything up to the next line that begins a record, or to the end of damage."""
    while True:
        found = START.search(tape.held)
        if found is not None:
            del tape.held[: found.start()]
            return
        del tape.held[:-16]
        if not tape.fill(len(tape.held) + 1):
            tape.held.clear()
            if tape.is_damaged:
                tape.resume()
            return
