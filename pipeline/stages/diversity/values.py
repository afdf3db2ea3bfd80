"""What a document is on each axis of the mix: script, genre, domain, year. From its text and record, one by one."""

from collections.abc import Sequence
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tldextract import TLDExtract

from pipeline.rules.diversity import Genre

SCRIPT_CHARS = 400
GENRE_CHARS = 4_000
"""How much of a text is looked at, from its beginning."""

SCRIPTS = (
    (0x41, 0x24F, "Latin"),
    (0x370, 0x3FF, "Greek"),
    (0x400, 0x52F, "Cyrillic"),
    (0x590, 0x5FF, "Hebrew"),
    (0x600, 0x6FF, "Arabic"),
    (0x900, 0x97F, "Devanagari"),
    (0xE00, 0xE7F, "Thai"),
    (0xF00, 0xFFF, "Tibetan"),
    (0x1800, 0x18AF, "Mongolian"),
    (0x3040, 0x30FF, "Kana"),
    (0x3400, 0x9FFF, "Han"),
    (0xAC00, 0xD7AF, "Hangul"),
    (0x20000, 0x3FFFF, "Han"),
)
"""First and last code point of blocks (Unicode 16, Blocks); what lies between them belongs to no script."""


def scripts(text: pa.ChunkedArray) -> pa.Array:
    """The script that most characters of each text are of; "none" where there is none."""
    sliced = pc.fill_null(pc.utf8_slice_codeunits(text, 0, SCRIPT_CHARS), "")
    lengths = np.asarray(pc.utf8_length(sliced))
    points = np.frombuffer("".join(sliced.to_pylist()).encode("utf-32-le", "replace"), np.uint32)
    names = list(dict.fromkeys(name for _, _, name in SCRIPTS))
    at = np.searchsorted([first for first, _, _ in SCRIPTS], points, side="right") - 1
    is_in = (at >= 0) & (points <= np.array([last for _, last, _ in SCRIPTS])[at])
    numbers = np.array([names.index(name) for _, _, name in SCRIPTS])[at[is_in]]
    rows = np.repeat(np.arange(len(lengths)), lengths)[is_in]
    counts = np.bincount(rows * len(names) + numbers, minlength=len(lengths) * len(names)).reshape(-1, len(names))
    best = np.where(counts.any(axis=1), counts.argmax(axis=1), len(names))
    return pa.array([*names, "none"]).take(pa.array(best))


def genres(text: pa.ChunkedArray, known: Sequence[Genre]) -> pa.Array:
    """The first genre whose cue each text bears; "other" where there is none."""
    sliced = pc.fill_null(pc.utf8_slice_codeunits(text, 0, GENRE_CHARS), "")
    found = pa.repeat(pa.scalar("other"), len(sliced))
    for genre in reversed(known):
        found = pc.if_else(pc.match_substring_regex(sliced, genre.pattern), genre.name, found)
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def domains(url: pa.ChunkedArray) -> pa.Array:
    """The domain that somebody registered, in lower case, of each URL; null where there is none."""
    hosts = pc.struct_field(
        pc.extract_regex(url, r"^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/@]*@)?(?P<host>[^/:?#\[\]]+)"), [0]
    )
    codes = pc.utf8_lower(hosts).combine_chunks().dictionary_encode()
    registered = [_suffixes()(host).top_domain_under_public_suffix or None for host in codes.dictionary.to_pylist()]
    return pa.array(registered, pa.string()).take(codes.indices)


@cache
def _suffixes() -> TLDExtract:
    """The public-suffix list that comes with tldextract; the network is not asked."""
    return TLDExtract(suffix_list_urls=(), cache_dir=None)


def years(fetched_at_us: pa.ChunkedArray) -> pa.Array:
    """The year (UTC) in which each document was collected; null where that is not known."""
    times = fetched_at_us.cast(pa.timestamp("us"))
    return pc.year(times).cast(pa.int32()).combine_chunks()
