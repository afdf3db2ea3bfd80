"""docs/generated/quality.md and its plots, from bench/quality.json and the rules; no corpora are needed."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipeline.rules import quality as quality_rules
from pipeline.rules.threshold import Condition, ThresholdRule

FIGURES = Path(__file__).parent.parent / "bench" / "quality.json"
COLOURS = {"edited en": "#1f6fb2", "edited zh": "#c23b22", "junk en": "#7fb3dd", "junk zh": "#eda79b"}
WIDE, HIGH, GAP, ACROSS = 250, 90, 46, 3

_HEAD = """\
# Quality: what is measured, what is decided, how often that is wrong

Generated from `pipeline/rules/quality.toml` and `bench/quality.json`, measured on {measured} by `bench/quality.py
--write` on the half `{half}` (by SHA-256 of the text); limits were looked at on the other half only. The figures are of
{which}. Every one of the {statistics} statistics is stored for every document, whatever rules are in force.

Read it so: *edited* is the bench corpus, which nobody calls junk, so what is dropped of it is mostly wrongly dropped.
*Real* junk is what a person left out of the main text of web pages, and pages that Data-Juicer shows its classifier;
*made* junk is cut from lines of edited documents or written for this project, its patterns stand in both halves and
flatter the rules. There is no public labelled set of Chinese junk pages among the corpora."""

_SPEED = """\
## Speed beside datatrove 0.10

MB of UTF-8 a second of processor time, one core of a shared machine, the same documents in the same run. datatrove runs
Gopher quality, Gopher repetition, C4 and FineWeb, each on the whole text; *stopping early*: as a pipeline in which a
dropped document goes no further. We compute all statistics each time."""

_EQUAL = """\
## The same answers as datatrove 0.10

Outcome and reason of the first failure, derived from stored statistics, on the {each} documents of each source with the
lowest SHA-256. *Its tokens*: our statistics over datatrove's tokens (spaCy, jieba). *Our tokens*: over `alnum-han@1`,
which the shadow rules use; they differ in Chinese words and English clitics ([why](../quality-datatrove.md))."""


_PLOTS = """\
## Distributions

![Distributions](quality.svg)

Shares of documents, square root; the last bin holds what is above it. Dashed: limits of the default rules."""


def page() -> str:
    """The page."""
    figures = json.loads(FIGURES.read_bytes())
    is_current = figures["rules"] == quality_rules.fingerprint()
    which = "the rules as they stand" if is_current else "earlier rules: measure again"
    parts = [
        _HEAD.format(which=which, **figures),
        _speed(figures),
        _equality(figures),
        _default(figures),
        _sets("## Edited text kept, by the default rules and published families (our tokens)", figures["edited"]),
        _sets("## Labelled junk kept", figures["junk"]),
        _rules(figures),
        _PLOTS,
        _percentiles(figures),
    ]
    return "\n\n".join(parts)


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    names = list(head)
    lines = ["| " + " | ".join(names) + " |", "|---" * len(names) + "|"]
    return "\n".join(
        [*lines, *("| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows)]
    )


def _speed(figures: dict[str, Any]) -> str:
    head = ("language", "MB", "documents", "provender", "datatrove", "ratio", "stopping early", "ratio")
    return f"{_SPEED}\n\n" + _table(head, ([lang, *row.values()] for lang, row in figures["speed"].items()))


def _equality(figures: dict[str, Any]) -> str:
    head = ("filter", "documents", "its tokens: outcome", "reason", "our tokens: outcome", "reason")
    rows = (
        [f"`{one['filter']}`", one["documents"], *one["its tokens"].values(), *one["our tokens"].values()]
        for one in figures["equality"]
    )
    quirks = _table(("probe", "filter", "datatrove", "provender"), (row.values() for row in figures["quirks"]))
    said = _EQUAL.format(each=figures["documents_each"])
    return f"{said}\n\n{_table(head, rows)}\n\nProbes that are answered differently, with its tokens:\n\n{quirks}"


def _default(figures: dict[str, Any]) -> str:
    """Error rates of the default rules by language."""
    rows = []
    for lang in ("en", "zh"):
        edited = [one for one in figures["edited"] if one["label"][0] == lang]
        junk = [one for one in figures["junk"] if one["label"][0] == lang]
        real, made = ([one for one in junk if one["label"][2] == sort] for sort in ("real", "made"))
        rows.append([lang, _kept(edited), _kept(real, dropped=True), _kept(made, dropped=True)])
    head = ("language", "edited text kept", "real junk dropped", "made junk dropped")
    return "## The default rules, by language\n\n" + _table(head, rows)


def _kept(rows: list[dict[str, Any]], *, dropped: bool = False) -> str:
    n = sum(row["documents"] for row in rows)
    kept = sum(row["kept"]["default"] for row in rows)
    part = n - kept if dropped else kept
    return f"{part:,} of {n:,} ({part / max(1, n):.1%})"


def _sets(title: str, rows: list[dict[str, Any]]) -> str:
    names = list(rows[0]["kept"])
    cells = ([", ".join(row["label"]), row["documents"], *(_share(row, n) for n in names)] for row in rows)
    return f"{title}\n\n" + _table(("set", "documents", *names), cells)


def _share(row: dict[str, Any], name: str) -> str:
    is_asked = not (name.endswith("fineweb2") and row["label"][0] != "zh")
    return f"{row['kept'][name] / row['documents']:.1%}" if is_asked else ""


def _rules(figures: dict[str, Any]) -> str:
    """The default rules in order, with how many documents of each set they object to."""
    counted = {row["rule"]: row["objects"] for row in figures["objections"]}
    labels = list(COLOURS)
    rows = []
    for rule in quality_rules.rules():
        if rule.shadow or rule.measure is None:
            continue
        limit = " and ".join([_limit(rule), *map(_limit, rule.where)])
        objects = counted.get(rule.id, {})
        cells = [objects.get(label, "not measured") for label in labels]
        rows.append([f"`{rule.id}`", rule.title, limit, rule.outcome, *cells])
    head = ("rule", "what", "limit", "outcome", *labels)
    note = "Documents of each set that a rule objects to, whatever decided; the first that objects decides."
    return f"## Rules\n\n{note} Shadow rules of published families: [rules](rules.md).\n\n" + _table(head, rows)


def _limit(one: ThresholdRule | Condition) -> str:
    words = (f"{word} {v:,}" for word, v in (("below", one.below), ("above", one.above)) if v is not None)
    return f"`{one.measure}` {' '.join(words)}"


def _percentiles(figures: dict[str, Any]) -> str:
    rows = (
        [f"`{name}`", label, *(f"{value:,}" for value in values)]
        for name, one in figures["distributions"].items()
        for label, values in one["percentiles"].items()
    )
    return _table(("statistic", "set", "1 %", "5 %", "50 %", "95 %", "99 %"), rows)


def plots() -> str:
    """All distributions as one SVG."""
    shown = json.loads(FIGURES.read_bytes())["distributions"]
    rows = -(-len(shown) // ACROSS)
    width, height = ACROSS * (WIDE + GAP) + GAP, rows * (HIGH + GAP) + GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-size="10">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for i, (label, colour) in enumerate(COLOURS.items()):
        parts.append(f'<text x="{GAP + i * 110}" y="16" fill="{colour}" font-weight="bold">{label}</text>')
    for place, (name, one) in enumerate(shown.items()):
        x, y = GAP + place % ACROSS * (WIDE + GAP), GAP + place // ACROSS * (HIGH + GAP)
        parts += [f'<g transform="translate({x} {y})">', *_plot(name, one), "</g>"]
    return "\n".join([*parts, "</svg>"])


def _plot(name: str, one: dict[str, Any]) -> Iterable[str]:
    yield f'<text y="-5">{name}</text><rect width="{WIDE}" height="{HIGH}" fill="none" stroke="#ccc"/>'
    yield f'<text y="{HIGH + 11}">0</text><text x="{WIDE}" y="{HIGH + 11}" text-anchor="end">{one["top"]:,}</text>'
    for label, shares in one["shares_ppm"].items():
        heights = [round(HIGH * (1 - (share / 1_000_000) ** 0.5), 1) for share in shares]
        step = WIDE / len(heights)
        points = [f"{round((i + side) * step, 1)},{h}" for i, h in enumerate(heights) for side in (0, 1)]
        yield f'<polyline fill="none" stroke="{COLOURS[label]}" stroke-width="1.2" points="{" ".join(points)}"/>'
    for limit in sorted(
        {v for r in quality_rules.rules() if not r.shadow and r.measure == name for v in (r.below, r.above) if v}
    ):
        if limit <= one["top"]:
            at = round(limit / one["top"] * WIDE, 1)
            yield f'<line x1="{at}" x2="{at}" y2="{HIGH}" stroke="#333" stroke-dasharray="3 2"/>'
