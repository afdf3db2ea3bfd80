"""docs/generated/personal.md and its chart, from what `bench/personal_recall.py --write` last measured."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import personal_speed

from pipeline.rules import personal, personal_policy
from pipeline.rules.loader import rules_sha256
from pipeline.rules.personal_documents import document_rules

CHINESE = Path(__file__).parent.parent / "bench" / "personal_chinese.json"
PUBLIC = Path(__file__).parent.parent / "bench" / "personal_public.json"
KEPT = Path(__file__).parent.parent / "bench" / "personal.json"
SPEED = KEPT.with_name("personal_speed.json")
EQUALITY = KEPT.with_name("personal_equality.json")
VARIANTS = ("plain", "full-width", "spaced", "zero-width", "combining", "scanned", "typo")
STANDARDS = ("GB/T 35273", "GB/T 45574")
WRONG = "_wrong"
ROW_PX, LEFT_PX, BAR_PX = 16, 110, 420

HEAD = """\
# Personal information: what is found, by kind and disguise

Generated from `pipeline/rules/personal.toml` and `bench/personal.json`, measured on {measured} by
`bench/personal_recall.py --write` (seed {seed}, {n_kinds} kinds of invented documents, {n_documents} documents). A cell
is the spans that a finding which is acted upon covers whole, of those that stand there (`uscc`: reported is enough).
The templates were written by those who wrote the recognizers: on other text expect less. Names are not in this table.

Tiers: `{wrong}` are numbers with a wrong check digit beside their label, all others have a right one or none exists.

The figures are of {which}.

![recall by kind](personal.svg)
"""

CLASSES = """\
A type has a class under each of two standards; the stricter decides what is done unless the rule of the type says more:
`C` credential, `S14` of a minor under 14, `S` sensitive, `G` general, `O` of an organisation."""


def page() -> str:
    """Recall by slot and variant, false findings by type, and what the policy does with each type."""
    figures = _figures()
    is_current = figures["rules"] == rules_sha256("personal")
    which = "the rules as they stand" if is_current else "earlier rules: measure again"
    lines = [
        HEAD.format(which=which, wrong=f"…{WRONG}", **figures),
        _row("value", *VARIANTS),
        _row(*["---"] * (len(VARIANTS) + 1)),
    ]
    for slot, cells in sorted(_cells(figures).items()):
        lines.append(_row(slot, *(_share(cells.get(variant)) for variant in VARIANTS)))
    lines += ["", "## On a public English set, beside Presidio", "", *_public()]
    lines += ["", "## On public Chinese sets, beside other models", "", *_chinese()]
    lines += ["", "## Acted upon where next to nothing is personal", "", *_silent(figures["silent"])]
    lines += ["", "## Speed, and whether the prefilter changes a finding", "", *_speed()]
    lines += ["", "## Text that is hard on patterns", "", *personal_speed.hostile()]
    lines += ["", "## Names, whole analysis, workers", "", *personal_speed.named()]
    lines += ["", "## Redaction", "", *personal_speed.redaction()]
    lines += [
        "",
        "## What is done with each type",
        "",
        CLASSES,
        "",
        *_policy(),
        "",
        *_classes(),
        "",
        *_profiles(),
        "",
        *_whole(),
    ]
    return "\n".join(lines)


SPEED_HEAD = """\
MB of UTF-8 per second of processor time of one core, by `bench/personal.py --peers --write` over {documents} documents
of the bench corpus, on a machine that others used too: trust the ratios. "Alone" is the same recognizers or models over
whole documents; "differing" counts findings of one of both only. Peers find other things: see their counts."""


def _speed() -> list[str]:
    kept = json.loads(SPEED.read_text())
    head = " ".join(filter(None, (SPEED_HEAD.format(**kept), kept.get("note"))))
    lines = [head, "", _row("what", "MB/s", "alone", "ratio", "found", "differing")]
    lines.append(_row(*["---"] * 6))
    for row in kept["rows"]:
        numbers = (f"{row[name]:.2f}" if name in row else "" for name in ("mb_s", "alone_mb_s", "ratio"))
        lines.append(_row(row["what"], *numbers, *(str(row.get(name, "")) for name in ("found", "differing"))))
    return [*lines, "", *_equality()]


EQUALITY_HEAD = """\
Over the bench corpus, in the order of the documents' hashes, by `bench/personal_equality.py`: each recognizer's own
`analyze` of whole texts, and the prefilter. `numbers` are Presidio's recognizers and ours for numbers and addresses,
`labels` those whose findings stand behind a label, which need hours without the prefilter."""


def _equality() -> list[str]:
    names = ("documents", "megabytes", "refused", "found", "differing")
    lines = [EQUALITY_HEAD, "", _row("recognizers", *names), _row(*["---"] * 6)]
    for which, seen in json.loads(EQUALITY.read_bytes()).items():
        counts = {"refused": 0, **seen, "megabytes": round(seen["bytes"] / 1e6, 1)}
        lines.append(_row(f"`{which}`", *(f"{counts[name]:,}" for name in names)))
    return lines


def chart() -> str:
    """Recall of each slot over all variants as bars, in SVG."""
    bars = []
    for number, (slot, cells) in enumerate(sorted(_cells(_figures()).items())):
        found, there = (sum(column) for column in zip(*cells.values(), strict=True))
        top, width = number * ROW_PX, BAR_PX * found // there
        bars.append(f'<text x="{LEFT_PX - 6}" y="{top + 12}" text-anchor="end">{slot}</text>')
        bars.append(f'<rect x="{LEFT_PX}" y="{top + 2}" width="{width}" height="12" fill="#4477aa"/>')
        bars.append(f'<text x="{LEFT_PX + width + 6}" y="{top + 12}">{100 * found / there:.1f} %</text>')
    size = f'width="{LEFT_PX + BAR_PX + 70}" height="{len(bars) // 3 * ROW_PX + 4}"'
    style = 'font-family="sans-serif" font-size="11"'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>', *bars, "</svg>"])


def _figures() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(KEPT.read_bytes())
    return found


def _cells(figures: dict[str, Any]) -> dict[str, dict[str, list[int]]]:
    cells: dict[str, dict[str, list[int]]] = defaultdict(dict)
    for name, counts in figures["recall"].items():
        slot, _, variant = name.partition(" ")
        cells[slot][variant] = counts
    return cells


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _share(counts: list[int] | None) -> str:
    return "" if counts is None else f"{counts[0]} of {counts[1]}"


def _silent(groups: dict[str, Any]) -> list[str]:
    lines = [
        "E-mail addresses in manuals are real ones of authors and mailing lists: on 2026-11-25 the 98 different ones",
        "were read, and 4 are invented (`example.com`, `my.provider.com`); of 3 IP addresses one is an object",
        "identifier. These, the telephone numbers and the street (a foundation's) are false: 9 findings, 2.3 a MB of",
        "manuals. Addresses of documentation (RFC 5737, 3849), private ones and identifiers of mails in archives are",
        "not acted upon; mail at `example.com` is.",
        "",
        _row("text", "MB", "findings"),
        _row(*["---"] * 3),
    ]
    for name, group in groups.items():
        counts = ", ".join(f"{kind} {n}" for kind, n in group["acted"].items())
        lines.append(_row(name, str(group["mb"]), counts or "none"))
    return lines


def _done(rule: personal.EntityRule) -> tuple[str, str, str]:
    return rule.action, rule.mode if rule.action == "redact" else "", f"{rule.threshold_ppm / 1e6:.2f}"


def _classes() -> list[str]:
    lines = ["### Classes and legal bases", "", _row("class", "what", "action", "mode", "article"), _row(*["---"] * 5)]
    lines += [
        _row(f"`{one.name}`", one.title, one.action, one.mode if one.action == "redact" else "", one.article)
        for one in personal.classes().values()
    ]
    lines += [
        "",
        "A source keeps the types that its register names under `personal.keeps`, when its basis carries them:",
    ]
    lines += ["", _row("basis", "what", "classes", "uses", "article"), _row(*["---"] * 5)]
    lines += [
        _row(f"`{one.name}`", one.title, ", ".join(one.classes), ", ".join(one.uses), one.article)
        for one in personal_policy.bases().values()
    ]
    return lines


def _profiles() -> list[str]:
    lines = ["### Profiles of sources", "", _row("profile", "what", "names sought", "otherwise"), _row(*["---"] * 4)]
    for one in personal_policy.profiles().values():
        changes = [f"`{change.entity}` {' '.join(_said(change))}" for change in one.change]
        lines.append(_row(f"`{one.name}`", one.title, one.names, "; ".join(changes)))
    return lines


def _said(change: personal_policy.Change) -> list[str]:
    score = [] if change.threshold_ppm is None else [f"from {change.threshold_ppm / 1e6:.2f}"]
    return [*([change.action] if change.action else []), *score]


def _whose(figures: dict[str, Any]) -> str:
    is_current = figures["rules"] == rules_sha256("personal")
    return "the rules as they stand" if is_current else "earlier rules"


def _public() -> list[str]:
    figures = json.loads(PUBLIC.read_bytes())
    lines = [
        f"Measured on {figures['measured']} by `bench/personal_public.py --write` on {figures['n_texts']} texts of",
        f"`{figures['set']}`, beside Presidio's engine as it comes, both with `{figures['model']}`; a finding is right",
        f"when it overlaps a span of its type. Of {_whose(figures)}.",
        "Neither dates, nationalities, domains nor organisations are found by the default policy.",
        "",
        _row("type", "spans", "recall", "Presidio", "precision", "Presidio"),
        _row(*["---"] * 6),
    ]
    for kind, ours in figures["ours"].items():
        theirs = figures["presidio"][kind]
        shares = [f"{n / of:.3f}" for n, of in (*_hits(ours, theirs), *_rights(ours, theirs))]
        lines.append(_row(f"`{kind}`", str(ours["gold"]), *shares))
    return lines


def _hits(*counts: dict[str, int]) -> list[tuple[int, int]]:
    return [(one["hit"], one["gold"]) for one in counts]


def _rights(*counts: dict[str, int]) -> list[tuple[int, int]]:
    return [(one["right"], max(1, one["found"])) for one in counts]


def _chinese() -> list[str]:
    figures = json.loads(CHINESE.read_bytes())
    lines = [
        f"Measured on {figures['measured']} by `bench/personal_chinese.py --write`, with `{figures['model']}`, of",
        f"{_whose(figures)}. Names count by their very span, named",
        "persons only, places when a finding overlaps them. Tried are the models that packages carry: most others are",
        "fetched from a hub, spaCy's Chinese ones too. The sets hold nicknames and players, which none does well.",
        "",
        _row("set", "model", "names", "precision", "recall", "F1", "places", "recall"),
        _row(*["---"] * 8),
    ]
    traps = []
    for name, one in figures["sets"].items():
        for model, found in one["names"].items():
            shares = [f"{found[share]:.3f}" for share in ("precision", "recall", "f1")]
            places = [f"{one['places']['n']}", f"{one['places']['recall']:.3f}"] if model == "Provender" else ["", ""]
            lines.append(_row(f"`{name}`", model, str(one["n_names"]), *shares, *places))
        if one["traps"]:
            told = [f"{label} {of['share']:.1%} of {of['n']:,}" for label, of in one["traps"].items()]
            traps.append(f"`{name}`: {', '.join(told)}.")
    return [*lines, "", "Taken for a person, wholly or in part, though it is named otherwise:", "", *traps]


def _whole() -> list[str]:
    lines = ["### What drops a document", "", _row("rule", "what", "findings", "in 1,000 characters", "spared by")]
    lines.append(_row(*["---"] * 5))
    for one in document_rules():
        dense = str(one.per_1000_chars or "")
        lines.append(_row(f"`{one.id}`", one.title, str(one.at_least), dense, ", ".join(one.spared_by)))
    return lines


def _policy() -> list[str]:
    lines = [_row("type", "what", "action", "mode", "from score", *STANDARDS, "PIPL 28"), _row(*["---"] * 8)]
    lines += [
        _row(f"`{rule.entity}`", rule.title, *_done(rule), rule.cls_35273, rule.cls_45574, rule.sensitive)
        for rule in personal.rules()
        if rule.entity
    ]
    return lines
