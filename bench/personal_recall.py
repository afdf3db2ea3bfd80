"""Measures how much of the personal information in invented documents is acted upon, by kind and disguise.

    python bench/personal_recall.py [--seed 1] [--per-kind 40] [--write]

`--write` keeps the figures in bench/personal.json, from which `make docs` draws docs/generated/personal.md; with
PROVENDER_CORPORA it also counts what is found in statutes, poems and manuals, where next to nothing is personal.
"""

import argparse
import json
import os
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
from personal_documents import documents

from pipeline.models.personal import finder
from pipeline.rules.loader import rules_sha256
from pipeline.rules.personal import by_entity, rules
from pipeline.stages.personal.acting import acts

KEPT = Path(__file__).parent / "personal.json"
SILENT = {
    "statutes": ("LawRefBook",),
    "poems": ("chinese-poetry", "Classical-Modern"),
    "manuals": ("linux-doc", "manpages", "postgresql", "libreoffice", "python3", "gimp", "win32", "kicad"),
}
MOST_BYTES = 4_000_000


def main() -> None:
    """Measure, print, and keep when told to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--per-kind", type=int, default=40)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    figures = {
        "measured": datetime.now(UTC).date().isoformat(),
        "seed": given.seed,
        "per_kind": given.per_kind,
        "rules": rules_sha256("personal"),
        **recall(given.seed, given.per_kind),
        "silent": silent(os.environ.get("PROVENDER_CORPORA")),
    }
    print(json.dumps(figures, indent=1, ensure_ascii=False, sort_keys=True))
    if given.write:
        KEPT.write_text(json.dumps(figures, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


def recall(seed: int, per_kind: int) -> dict[str, object]:
    """Spans by slot and variant: how many there are, and how many an acted finding covers whole."""
    find, known = finder(languages=()), by_entity(rules())
    there: Counter[tuple[str, str]] = Counter()
    found: Counter[tuple[str, str]] = Counter()
    kinds: Counter[str] = Counter()
    missed: dict[str, list[str]] = defaultdict(list)
    for one in documents(seed, per_kind):
        kinds[one.kind] += 1
        acted = [f for f in find([one.text], [one.lang], "never")[0] if acts(known.get(f[2]), f[3])]
        reported = find([one.text], [one.lang], "never")[0]
        for start, end, slot, variant in one.spans:
            covering = reported if slot.startswith("uscc") else acted
            is_covered = any(f[0] <= start and end <= f[1] for f in covering)
            there[slot, variant] += 1
            found[slot, variant] += is_covered
            if not is_covered and len(missed[f"{slot} {variant}"]) < 3:
                missed[f"{slot} {variant}"].append(f"{one.kind}: {one.text[max(0, start - 12) : end + 6]!r}")
    cells = {f"{slot} {variant}": [found[slot, variant], n] for (slot, variant), n in sorted(there.items())}
    print("\n".join(f"missed {name}: {texts}" for name, texts in missed.items()))
    return {"n_kinds": len(kinds), "n_documents": sum(kinds.values()), "recall": cells}


def silent(corpora: str | None) -> dict[str, dict[str, object]]:
    """Findings acted upon in text that holds next to nothing personal, a MB of UTF-8, by type."""
    if corpora is None:
        return {}
    find, known = finder(languages=()), by_entity(rules())
    size: Counter[str] = Counter()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for path in sorted(Path(corpora).glob("bench/*.zst"))[:2]:
        for line in pa.input_stream(str(path), compression="zstd").read().splitlines():
            row = json.loads(line)
            group = next((g for g, names in SILENT.items() if any(n in row["source"] for n in names)), None)
            if group and size[group] < MOST_BYTES:
                size[group] += len(row["text"].encode())
                for f in find([row["text"]], [row["lang"]], "never")[0]:
                    counts[group][f[2]] += acts(known.get(f[2]), f[3])
    return {
        group: {"mb": round(size[group] / 1e6, 1), "acted": {k: n for k, n in sorted(counts[group].items()) if n}}
        for group in SILENT
    }


if __name__ == "__main__":
    main()
