"""METADATA of a Python distribution: its long description (core metadata specification, PyPA)."""

from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path

from pipeline.readers import text
from pipeline.readers.limits import Limits
from pipeline.readers.records import Record, encodable


def read(path: Path, limits: Limits) -> Iterator[Record]:
    """The long description as one record; a distribution without one yields none."""
    found = text.record(path, limits)
    if found.text is None:
        yield found
        return
    message = HeaderParser().parsestr(found.text)
    payload = message.get_payload()
    description = payload if isinstance(payload, str) and payload.strip() else str(message.get("Description") or "")
    if description.strip():
        media = str(message.get("Description-Content-Type") or "text/plain").partition(";")[0].strip()
        yield Record(text=description, media_type=media) if encodable(description) else Record(problem="not_utf8")
