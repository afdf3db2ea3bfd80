"""Bytes to text: byte order mark, UTF-8, a declared encoding, then GB 18030 where it makes sense."""

import codecs
import re

BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
META = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
COMMON = re.compile(r"[\x20-\x7e\s一-鿿　-〿＀-￯]")


def decode(content: bytes, declared: str | None = None) -> str | None:
    """The text, or None when no encoding is convincing: a guess that may be wrong is not taken.

    GB 18030 maps nearly any bytes to something, so it counts only when at least 9 of 10 characters are
    everyday Chinese or ASCII.
    """
    for mark, named in BOMS:
        if content.startswith(mark):
            return _decoded(content, named)
    for encoding in ("utf-8", declared):
        text = _decoded(content, encoding) if encoding else None
        if text is not None:
            return text
    text = _decoded(content, "gb18030")
    if text and len(COMMON.findall(text)) >= 0.9 * len(text):
        return text
    return None


def declared_in_html(content: bytes) -> str | None:
    """The charset that the head of a page declares."""
    found = META.search(content[:4096])
    return found[1].decode("ascii") if found else None


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None
