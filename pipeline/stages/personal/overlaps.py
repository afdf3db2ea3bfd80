"""Overlapping findings, resolved as presidio-anonymizer does before and while it replaces."""

from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True, slots=True)
class Located:
    """What is to be replaced in one text."""

    start: int
    end: int
    entity: str
    score_ppm: int


def resolved(found: Sequence[Located]) -> list[Located]:
    """The findings ascending, none overlapping.

    Findings of one type that overlap become one. What lies inside another goes; of two at one place the surer stays.
    Of two that cross, the first ends where the second begins.
    """
    merged = _merged(found)
    outer = sorted((one for one in merged if not any(_hides(other, one) for other in merged)), key=_place)
    nexts = [one.start for one in outer[1:]]
    ends = [min(one.end, after) for one, after in zip(outer, [*nexts, *[outer[-1].end] * bool(outer)], strict=True)]
    return [replace(one, end=end) for one, end in zip(outer, ends, strict=True)]


def _place(one: Located) -> tuple[int, int, str]:
    return one.start, one.end, one.entity


def _merged(found: Sequence[Located]) -> list[Located]:
    last: dict[str, Located] = {}
    done = []
    for one in sorted(found, key=_place):
        before = last.get(one.entity)
        if before is not None and one.start < before.end:
            score = max(before.score_ppm, one.score_ppm)
            last[one.entity] = replace(before, end=max(before.end, one.end), score_ppm=score)
            continue
        done += [before] if before is not None else []
        last[one.entity] = one
    return [*done, *last.values()]


def _hides(other: Located, one: Located) -> bool:
    if (other.start, other.end) == (one.start, one.end):
        return (other.score_ppm, one.entity) > (one.score_ppm, other.entity)
    return other.start <= one.start and one.end <= other.end
