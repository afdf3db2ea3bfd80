"""Statistics of the stage `prohibited`: how much of each risk class a document carries, without its words."""

import pyarrow as pa

from pipeline.schemas import schema

CLASSES = (
    *(f"A.1.{x}" for x in "abcdefgh"),
    *(f"A.2.{x}" for x in "abcdefghi"),
    *(f"A.3.{x}" for x in "abcde"),
    *(f"A.4.{x}" for x in "abcdefg"),
    *(f"A.5.{x}" for x in "ab"),
)
"""The 31 risk classes of TC260-003 (taxonomy id `tc260-003/2024`)."""

CORPUS_CLASSES = tuple(code for code in CLASSES if not code.startswith("A.5"))
"""The 29 that a corpus is filtered on; A.5 is a property of a service."""


def column(code: str) -> str:
    """The measure of a class: `A.1.a` is `peak_a1a`."""
    return "peak_" + code.replace(".", "").lower()


MEASURES_PROHIBITED = schema(
    ("doc_id", pa.int64(), False),
    ("n_chars", pa.int32(), False),
    ("n_hits", pa.int32(), False),  # reported ones too
    ("n_reported", pa.int32(), False),  # hits near a cue of reporting, prohibiting or objecting
    ("n_classes", pa.int32(), False),
    ("top_class", pa.string(), True),  # class of the greatest peak over all hits, the first in CLASSES on a tie
    ("weight_ppm", pa.int32(), False),  # weight of all hits per 1,000,000 code points of text
    ("reported_peak", pa.int32(), False),  # greatest peak of any class over reported hits alone
    *((column(code), pa.int32(), False) for code in CLASSES),  # distinct unreported terms within any 1,000 code points
)
"""One row per document, clean ones too; ascending `doc_id`."""
