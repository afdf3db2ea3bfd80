"""Identifiers of many texts at once: revealed, scanned together, and only what may hold one looked at by Python."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from pipeline.kernels.disguises import original
from pipeline.kernels.revealing import Int64s, Revealed, reveal
from pipeline.models.accelerated import Hit, Seen, Unscannable
from pipeline.models.resolving import Finding, resolved, rules_by_type
from pipeline.models.scan import Scan, Scans
from pipeline.models.tables import Cell, Cells, Form, form

PARCEL_CHARS = 1 << 21

Found = list[Finding] | None  # none of a text that cannot be scanned within its bounds
View = tuple[Scans, Int64s, bool, Int64s | None]  # who looks, at which rows, whether at their shadows, where in them


@dataclass(frozen=True, kw_only=True, slots=True)
class Lookers:
    """Who looks for identifiers where."""

    shadows: Scans  # at the shadows of texts in Chinese
    chinese: Scans  # at these texts themselves
    foreign: Scans  # at all others
    every: Scans  # at all
    heads: Scans  # at all, for words that may head columns


def identified(
    texts: Sequence[str],
    langs: Sequence[str],
    lookers: Lookers,
    *,
    gated: bool = True,
    changed: Sequence[Sequence[Cell]] | None = None,
) -> list[Found]:
    """What stands in each text, ascending, none overlapping.

    Args:
        texts: any; positions are code points of these.
        langs: language of each text; Han characters count as Chinese whatever it says.
        lookers: hold scratch memory of the scanner.
        gated: false lets every recognizer look at every text, for comparison.
        changed: where each text differs from one of which all is known, ascending; what cannot be new may be left out.
    """
    found: list[Found] = []
    for some in _parcels(texts):
        seen = reveal(texts[some])
        places = None if changed is None or not gated else _places(seen, changed[some])
        found += _identified(seen, langs[some], lookers, gated=gated, places=places)
    return found


def _places(seen: Revealed, changed: Sequence[Sequence[Cell]]) -> Int64s:
    """Row, start and end of each change; the whole of a text whose characters stand elsewhere than before."""
    moved = ([(0, len(text))] if seen.is_shortened(row) else changed[row] for row, text in enumerate(seen.texts))
    return np.array([(row, *place) for row, some in enumerate(moved) for place in some], np.int64).reshape(-1, 3)


def _parcels(texts: Sequence[str]) -> Iterator[slice]:
    """Texts that are scanned together."""
    first = chars = 0
    for at, text in enumerate(texts):
        if chars and chars + len(text) > PARCEL_CHARS:
            yield slice(first, at)
            first, chars = at, 0
        chars += len(text)
    yield slice(first, len(texts))


def _views(seen: Revealed, langs: Sequence[str], lookers: Lookers, places: Int64s | None = None) -> list[View]:
    is_chinese = seen.has_cjk() | np.fromiter((lang == "zh" for lang in langs), bool, len(langs))
    chinese, foreign = np.flatnonzero(is_chinese), np.flatnonzero(~is_chinese)
    return [
        (scans, rows, is_shadow, None if places is None else _among(rows, places))
        for scans, rows, is_shadow in (
            (lookers.shadows, chinese, True),
            (lookers.chinese, chinese, False),
            (lookers.foreign, foreign, False),
            (lookers.every, np.arange(len(langs)), False),
        )
    ]


def _identified(
    seen: Revealed, langs: Sequence[str], lookers: Lookers, *, gated: bool, places: Int64s | None
) -> list[Found]:
    found = _seen(seen, _views(seen, langs, lookers, places), gated=gated)
    forms = dict(_forms(seen, lookers.heads, gated=gated))
    given = {row: one for row, one in forms.items() if one}
    shown = reveal([text for text, _ in given.values()])
    read = _seen(shown, _views(shown, [langs[row] for row in given], lookers), gated=gated)
    answers = dict(zip(given, read, strict=True))
    for row, one in forms.items():
        some, more = found[row], answers.get(row)
        if one is None or some is None or more is None:
            found[row] = None
        else:
            found[row] = resolved([*some, *_placed(more, one[1], seen.origin(row))])
    return found


def _placed(found: Sequence[Finding], cells: Cells, origin: list[int] | None) -> Iterator[Finding]:
    """Findings of a form that stand in one cell, in positions of the text."""
    for start, end, kind, ppm, rule_id in found:
        if place := cells.located(start, end):
            yield (*original(origin, *place), kind, ppm, rule_id)


def _seen(seen: Revealed, views: Sequence[View], *, gated: bool) -> list[Found]:
    found: list[Found] = [[] for _ in seen.texts]
    for row, hits in _hits(seen, views, gated=gated).items():
        found[row] = None if hits is None else resolved(_located(hits, seen.plain(row), seen.origin(row)))
    return found


def _forms(seen: Revealed, heads: Scans, *, gated: bool) -> Iterator[tuple[int, Form | None]]:
    """What texts say in columns, as forms, by row; none of a text that cannot be scanned for their heads."""
    view = (heads, np.arange(len(seen.texts)), False, None)
    for row, hits in _hits(seen, [view], gated=gated).items():
        if hits is None:
            yield row, None
        elif made := form(seen.plain(row), sorted((start, end) for _, (start, end, _) in hits)):
            yield row, made


def _hits(seen: Revealed, views: Sequence[View], *, gated: bool) -> dict[int, list[tuple[Scan, Hit]] | None]:
    """What stands in the texts, by row; none of a text that cannot be scanned within its bounds."""
    found: dict[int, list[tuple[Scan, Hit]]] = {}
    refused = set[int]()
    for view in views:
        for row, hits in _candidates(seen, view) if gated else _everything(seen, view):
            try:
                found.setdefault(row, []).extend(hits)
            except Unscannable:
                refused.add(row)
    return {row: None if row in refused else hits for row, hits in found.items()}


def _candidates(seen: Revealed, view: View) -> Iterator[tuple[int, Iterator[tuple[Scan, Hit]]]]:
    scans, rows, is_shadow, places = view
    coded = seen.coded(rows, is_shadow=is_shadow)
    for at, parts, numbers in scans.engine.candidates(coded, places):
        row = int(rows[at])
        text = seen.shadow(row) if is_shadow else seen.plain(row)
        yield row, scans.among(Seen(text=text, data=coded.row(at), parts=parts), numbers)


def _among(rows: Int64s, places: Int64s) -> Int64s:
    """The places in some rows, which are numbered by position."""
    numbers = np.searchsorted(rows, places[:, 0])
    is_known = np.isin(places[:, 0], rows)
    return np.column_stack([numbers, places[:, 1:]])[is_known]


def _everything(seen: Revealed, view: View) -> Iterator[tuple[int, Iterator[tuple[Scan, Hit]]]]:
    scans, rows, is_shadow, _ = view
    for row in rows.tolist():
        plain = seen.plain(row)
        yield row, scans.hits(seen.shadow(row) if is_shadow else plain, gated=False)


def _located(hits: Sequence[tuple[Scan, Hit]], plain: str, origin: list[int] | None) -> list[Finding]:
    from pipeline.models.catalogue import context_score

    found = []
    for scan, (start, end, score) in hits:
        kind, rule_id = _named(scan.recognizer)
        boosted = context_score(scan.recognizer, plain, start, end, score)
        found.append((*original(origin, start, end), kind, round(boosted * 1_000_000), rule_id))
    return found


@cache
def _named(recognizer: Any) -> tuple[str, str]:
    kind = recognizer.supported_entities[0]
    return kind, rules_by_type()[kind].id
