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
    return text if _is_everyday(text) else None


def _is_everyday(text: str | None) -> bool:
    """Whether at least 9 of 10 characters are everyday Chinese or ASCII."""
    return bool(text) and len(COMMON.sub("", text or "")) <= 0.1 * len(text or "")


def of_evidence(content: bytes) -> str | None:
    """The text of a licence or contract, which may also be UTF-16 without a mark, or Windows-1252 of Western names.

    What they say is in ASCII or Chinese; a wrong letter in a name changes nothing of it.
    """
    zeros = [content[side::2].count(0) * 2 for side in (0, 1)]
    if max(zeros) > 0.4 * len(content) and not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decoded(content, "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le")
    text = decode(content)
    if text is None and sum(byte > 0x7F for byte in content) <= 0.05 * len(content):
        return _decoded(content, "cp1252") or _decoded(content, "latin-1")
    if text is None:
        return next((one for name in ("utf-16-le", "utf-16-be") if _is_everyday(one := _decoded(content, name))), None)
    return text


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
