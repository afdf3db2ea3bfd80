"""The page of the duplicates bench: docs/generated/duplicates.md."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
_DUPLICATES = """\
# Duplicates: speed, memory, recall

Generated from `bench/duplicates.json`, measured by `make bench` (`bench/duplicates.py --write`), which says how. CPU
seconds of one core on a shared machine: read ratios. Everybody ran {rounds} times in turn on the same documents; the
least time of each counts. Reading files is left out on both sides. Ours goes from UTF-8 text over tokens, shingles and
signatures to bands, pairs verified by true Jaccard, and decisions; rensa's deduplicator compares sketches only.

Peers: {listed}."""
_CORE = """\
The targets (20, 8 and 150 times datasketch, rensa, datatrove; the stage 5 times rensa) are of work that starts from
text, which is what a user has; from text with the same shingles they are met. They are not met beside rensa's library
alone: of shingles that are ready it is 3 to 4 times slower than ours is from text, and of hashes that are ready it is
faster than ours. Its R-MinHash since 0.5 does not draw 128 hashes for each shingle; ours is datasketch's, value for
value, 128 multiplications for each shingle, which take two fifths of our time. 8 times its ready figure would need all
of our work, tokens included, in about the time that these alone take. Words as rensa's README has them are fewer and
cheaper than shingles of 5, and for Chinese, written without spaces, whole clauses: other documents are kept."""
_KNOWN = """\
## Known pairs

McCormick's pairs at 0.8: {} of {}, {} more. None of textreuse's related texts is a duplicate at 0.8; of all pairs of
its eleven texts, those that share anything to speak of are found at 0.25: {} of {}, {} more. Every one of them shares
stretches of 50 tokens (`provender duplicates substrings`); three share 0.7 or more of the shorter text
(`provender duplicates containment --share 0.7`)."""
_READY = {
    "shingles": "text, its shingles cut in Python",
    "words": "text, its words by `str.split` (rensa's README)",
    "ready": "shingles ready as Python strings",
    "hashes": "64-bit hashes of shingles ready",
}


def page() -> str:
    """How fast duplicates are found and how rightly, from the figures of the last bench."""
    figures = json.loads((ROOT / "bench" / "duplicates.json").read_text(encoding="utf-8"))
    truth, planted = figures["truth"], figures["planted"]
    precision = truth["precision"]
    head = _DUPLICATES.format(listed=", ".join(figures["packages"]["peers"]), rounds=figures["rounds"])
    right = [
        ("every pair", f"{truth['exact_pairs']:,}", truth["listed_recall"], precision),
        ("of first copies (the stage)", f"{truth['stage_exact_pairs']:,}", truth["stage_recall"], precision),
    ]
    return "\n".join(
        [
            *head.splitlines(),
            "",
            *_signatures(figures["signatures"]),
            "",
            *_stage(figures["stage"]),
            "",
            "## Right",
            "",
            *_lines(("pairs at a Jaccard of 0.8 or more", "exact answer", "recall", "precision"), right),
            "",
            *_scale(),
            "",
            *_KNOWN.format(*planted["mccormick"], *planted["textreuse"]).splitlines(),
            "",
            *_lines(("textreuse", "true Jaccard"), planted["textreuse_jaccard"].items()),
        ]
    )


def _lines(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A table of Markdown."""
    return ["| " + " | ".join(map(str, row)) + " |" for row in (head, ["---"] * len(head), *rows)]


def _signatures(sketch: dict[str, Any]) -> list[str]:
    own, shingled = f"{sketch['mb_per_s']} MB/s", f"{sketch['million_hashes_per_s']} million hashes/s"
    rows = [
        (p["peer"], _READY[p["ready"]], p["mb_per_s"], shingled if p["ready"] == "hashes" else own, p["times"])
        for p in sketch["peers"]
    ]
    head = ("peer", "what is ready", "MB of text/s", "ours (from text, or from hashes)", "we are times")
    return ["## Signatures", "", *_lines(head, rows), "", *_CORE.splitlines()]


def _stage(stage: dict[str, Any]) -> list[str]:
    kept = {"shingles": f"{stage['rensa_kept']:,}", "words": f"{stage['rensa_words_kept']:,}", "ready": ""}
    rows = [("provender", "text", stage["seconds"], "", f"{stage['kept']:,} of {stage['documents']:,}", "yes")]
    rows += [
        ("rensa", _READY[ready], taken["seconds"], taken["times"], kept[ready], "no")
        for ready, taken in stage["rensa"].items()
    ]
    files = json.loads((ROOT / "bench" / "duplicates_files.json").read_text(encoding="utf-8"))
    return [
        "## The whole stage, from texts to decisions, in memory",
        "",
        *_lines(("", "what is ready", "seconds", "we are times", "kept", "pairs verified"), rows),
        "",
        f"Peak memory of ours {stage['peak_rss_mb']:,} MB, the texts ({stage['mb']} MB) included.",
        "",
        "The step over files (`bench/duplicates_files.py`: keys, samples and lines of every batch written, candidates",
        "by SQL, texts read again, lines that a source repeats, documents inside others, ledger entries):",
        f"{files['cpu_s']} CPU seconds of one worker and DuckDB's threads,",
        f"{files['wall_s']} s on a shared machine, peak {files['peak_rss_mb']:,} MB;",
        f"{files['kept']:,} of {files['documents']:,} kept.",
    ]


def _scale() -> list[str]:
    rows = json.loads((ROOT / "bench" / "duplicates_scale.json").read_text(encoding="utf-8"))
    columns = ("millions", "keys_mb", "pairs", "cpu_s", "cpu_s_per_million", "wall_s", "spilled_mb", "peak_rss_mb")
    return [
        "## Out of core",
        "",
        "Candidate pairs over the LSH keys of synthetic signatures, 20 a document, memory limit 629 MB; wall time on",
        "a shared machine. `bench/duplicates_scale.py --write`.",
        "",
        *_lines(columns, [[f"{row[name]:,}" for name in columns] for row in rows]),
    ]
