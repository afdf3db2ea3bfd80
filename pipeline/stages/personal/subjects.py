"""Subjects: a tag for each identifier, so that a person can be found again and nobody without the key can.

Two spellings of one identifier have one tag: width, case, spaces and punctuation do not count, nor does the
country code of a Chinese mobile number.
"""

import hmac
import re
import unicodedata

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.schemas import conform
from pipeline.schemas.private import SUBJECT_INDEX

FAMILIES = {
    "CN_MOBILE": "phone",
    "CN_LANDLINE": "phone",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "card",
    "CN_BANK_CARD": "card",
}
"""Types under which different recognizers find the same kind of identifier."""
APART = re.compile(r"[\W_]+")  # what is neither letter nor digit
APART_IN_MAIL = re.compile(r"[^\w@.+-]+")


def family(kind: str) -> str:
    """What is looked up together with findings of that type."""
    return FAMILIES.get(kind, kind)


def tag(key: bytes, kind: str, value: str) -> bytes:
    """The 16-byte tag of an identifier.

    Args:
        key: of the year in which the document was scanned.
        kind: type of the finding, or its family.
        value: as it stands in the text or as the person writes it.
    """
    name = family(kind)
    message = f"{name}\n{normal(name, value)}".encode()
    return hmac.digest(key, message, "sha256")[:16]


def normal(name: str, value: str) -> str:
    """The one spelling of an identifier of the family `name`."""
    folded = unicodedata.normalize("NFKC", value).casefold()
    if name == "phone":
        digits = folded if folded.isdecimal() else "".join(filter(str.isdigit, folded))
        return digits.removeprefix("0086").removeprefix("86") if len(digits) > 12 else digits
    return (APART_IN_MAIL if name == "EMAIL_ADDRESS" else APART).sub("", folded)


def folded(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Texts in compatibility forms and small letters, in which `pattern` finds an identifier."""
    return pc.utf8_lower(pc.utf8_normalize(texts, "NFKC"))


def pattern(kind: str, value: str) -> re.Pattern[str] | None:
    """What finds an identifier in `folded` text; None where nothing of it is left.

    Spaces and punctuation between its characters do not count, nor does China's country code before it; a longer
    number that holds it is another number.
    """
    spelled = normal(family(kind), value)
    if not spelled:
        return None
    first, *rest = (re.escape(c) for c in spelled)
    before = (
        rf"(?:(?<!\d{first})|(?<=86{first}))" if spelled[:1].isdigit() else ""
    )  # behind it: a literal is found fast
    after = r"(?!\d)" if spelled[-1:].isdigit() else ""
    return re.compile(first + before + "".join(rf"[\W_]*{c}" for c in rest) + after)


def index(documents: pa.Table, findings: pa.Table, key: bytes) -> pa.Table:
    """Every finding under its tag.

    Args:
        documents: `DOCUMENTS` as they were scanned.
        findings: `FINDINGS` of the same documents in the same order.
        key: 32 bytes.

    Returns:
        `SUBJECT_INDEX`, ascending tag, document and start.
    """
    rows = [
        (tag(key, one["type"], text[one["start"] : one["end"]]), one["type"], doc_id, one["start"], one["end"])
        for doc_id, text, found in zip(
            documents.column("doc_id").to_pylist(),
            documents.column("text").to_pylist(),
            findings.column("findings").to_pylist(),
            strict=True,
        )
        for one in found
    ]
    columns = zip(*sorted(rows, key=lambda row: (row[0], row[2], row[3])), strict=True) if rows else ((),) * 5
    return conform(dict(zip(SUBJECT_INDEX.names, columns, strict=True)), SUBJECT_INDEX)
