"""Bytes to text: byte order mark, UTF-8, a declared encoding, then GB 18030 where it makes sense."""

import codecs
import re

BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
META = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
NOT_OF_PAGES = frozenset({"unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined", "mbcs", "oem"})
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
    if text and len(COMMON.sub("", text)) <= 0.1 * len(text):
        return text
    return None


def declared_in_html(content: bytes) -> str | None:
    """The charset that the head of a page declares."""
    found = META.search(content[:4096])
    return found[1].decode("ascii") if found else None


def is_utf8(content: bytes) -> bool:
    """Whether `content` is valid UTF-8."""
    return _decoded(content, "utf-8") is not None


def _decoded(content: bytes, encoding: str) -> str | None:
    """The text, or None: a page may declare any codec of Python's, also those that are none of text."""
    try:
        if codecs.lookup(encoding).name in NOT_OF_PAGES:
            return None
        text = content.decode(encoding)
        text.encode("utf-8")  # utf-7 and its kind let lone surrogates through
    except (ValueError, LookupError):
        return None
    return text
