"""Members of a damaged gzip file, one by one: what one member lost, the next still has (RFC 1952)."""

import zlib
from collections.abc import Iterator

from pipeline.readers import encodings

MAGIC = b"\x1f\x8b\x08"
PIECE = 1 << 18


def members(pieces: Iterator[bytes]) -> Iterator[bytes | None]:
    """The decompressed bytes of all members in small pieces; None where bytes were lost.

    After damage, reading goes on at the next header of a member. Zeros between members are padding, no damage.
    """
    inflater, rest = None, b""
    for piece in pieces:
        rest += piece
        while rest:
            if inflater is None:
                start = rest.find(MAGIC)
                if rest[: max(0, start if start >= 0 else len(rest) - 2)].strip(b"\x00"):
                    yield None
                rest = rest[start if start >= 0 else max(0, len(rest) - 2) :]
                if start < 0:
                    break
                inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
            try:
                found = inflater.decompress(rest, PIECE)
            except zlib.error:
                yield None
                inflater, rest = None, rest[1:]
                continue
            if found:
                yield found
            rest = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
            inflater = None if inflater.eof else inflater
    if inflater is not None or rest.strip(b"\x00"):
        yield None


def body(content: bytes, encoding: str, most: int) -> bytes | None:
    """A body of HTTP content-encoding gzip or deflate, at most `most` bytes of it; None when it is damaged.

    Archives often keep the header after they have decompressed the body; such a body is returned as it is.

    Source: RFC 9110, 8.4.1; some servers send deflate without its zlib header.
    """
    if encoding == "gzip":
        return _inflated(content, 16 + zlib.MAX_WBITS, most) if content.startswith(MAGIC) else content
    for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        found = _inflated(content, bits, most)
        if found is not None:
            return found
    return content if encodings.is_utf8(content) else None


def _inflated(content: bytes, bits: int, most: int) -> bytes | None:
    inflater = zlib.decompressobj(bits)
    try:
        found = inflater.decompress(content, most)
    except zlib.error:
        return None
    return found if inflater.eof or len(found) == most else None
