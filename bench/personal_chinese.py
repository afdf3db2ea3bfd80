"""Chinese names and places on public sets, beside the other models that packages of the registry carry.

    PROVENDER_CORPORA=FOLDER python bench/personal_chinese.py [--write]

A name counts when a finding has its very span (precision, recall and F1 by that); a place when a finding of ours
overlaps it; a trap (a title, a company, a sight) when a name found does. The others run in environments of their own:
what they tag as a person, tags of neighbours joined where it takes two for a name. `--write` keeps the figures in
bench/personal_chinese.json, from which `make docs` draws docs/generated/personal.md.
"""

import argparse
import gzip
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.models import lac
from pipeline.models.personal import finder
from pipeline.rules.loader import rules_sha256
from pipeline.rules.personal_models import models

KEPT = Path(__file__).with_suffix(".json")
CORPORA = Path(os.environ.get("PROVENDER_CORPORA", "../shared/corpora"))
SETS = {
    "weibo_ner_train_dev": (("PER.NAM",), ("LOC.NAM", "GPE.NAM")),
    "cluener_train": (("name",), ("address",)),
}
"""Labels of named persons and of named places; nominal mentions (女人, 公司) are neither."""
PLACES = ("LOCATION", "CN_ADDRESS")
OTHERS = {
    "jieba==0.42.1": "import jieba.posseg as ps\ntagged = lambda t: [(w.word, w.flag == 'nr') for w in ps.cut(t)]\n",
    "thulac==0.2.2": "import thulac\nm = thulac.thulac()\ntagged = lambda t: [(w, k == 'np') for w, k in m.cut(t)]\n",
    "snownlp==0.12.3": "from snownlp import SnowNLP\ntagged = lambda t: [(w, k == 'nr') for w, k in SnowNLP(t).tags]\n",
    "jiagu==0.2.3": "import jiagu\n"
    "tagged = lambda t: [(c, k[2:] == 'PER') for c, k in zip(t, jiagu.ner(list(t)))] if t else []\n",
}
QUIETLY = "import json, os, sys\ntold = os.fdopen(os.dup(1), 'w')\nos.dup2(2, 1)\n"
"""What a package says on standard output while it loads is no answer."""
LOOP = """\
texts, found = json.load(sys.stdin), []
for text in texts:
    at, row = 0, []
    for word, is_name in tagged(text):
        at = text.index(word, at)
        if is_name:
            row.append([at, at + len(word)])
        at += len(word)
    found.append(row)
json.dump(found, told)
told.flush()
"""
JOINED = ("snownlp==0.12.3", "jiagu==0.2.3")
"""One tags surname and given name, the other every character."""
TRAPS = ("book", "movie", "game", "company", "organization", "scene")
"""What is named and is nobody; titles of works above all."""

Span = tuple[int, int]


def read(name: str) -> list[dict[str, Any]]:
    """The rows of a set: text and labelled spans."""
    with gzip.open(CORPORA / "public" / "pii-zh" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def exact(gold: Sequence[Sequence[Span]], found: Sequence[Sequence[Span]]) -> dict[str, float]:
    """Precision, recall and F1 of whole spans."""
    hit = sum(len(set(a) & set(b)) for a, b in zip(gold, found, strict=True))
    precision, recall = hit / max(1, sum(map(len, found))), hit / sum(map(len, gold))
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / max(1e-9, precision + recall)}


def overlapped(gold: Sequence[Sequence[Span]], found: Sequence[Sequence[Span]]) -> float:
    """The share of gold spans that a finding overlaps."""
    pairs = zip(gold, found, strict=True)
    hits = [any(a < d and c < b for a, b in got) for want, got in pairs for c, d in want]
    return sum(hits) / len(hits)


def by_others(texts: Sequence[str]) -> Iterator[tuple[str, list[list[Span]]]]:
    """What each other package calls a person, by package; one that does not run here is left out, and said so."""
    uv = shutil.which("uv") or str(Path(__file__).parents[1] / ".tools/bin/uv")
    for package, code in OTHERS.items():
        command = [uv, "run", "--no-project", "--isolated", "--with", package, "--with", "setuptools<80"]
        given = json.dumps(texts)
        told = subprocess.run(
            [*command, "python", "-c", QUIETLY + code + LOOP], input=given, capture_output=True, text=True, check=False
        )
        if told.returncode:
            print(f"{package} did not run: {told.stderr.splitlines()[-1:]}")
            continue
        found = [[(start, end) for start, end in row] for row in json.loads(told.stdout)]
        yield package, [_joined(row) for row in found] if package in JOINED else found


def _joined(row: Sequence[Span]) -> list[Span]:
    found: list[Span] = []
    for start, end in row:
        is_next = found and found[-1][1] == start
        found[-1:] = [(found[-1][0], end)] if is_next else [*found[-1:], (start, end)]
    return found


def measured(name: str) -> dict[str, Any]:
    """The figures of one set."""
    people, places = SETS[name]
    rows = read(name)
    texts = [row["text"] for row in rows]
    gold, sites = ([_spans(row, labels) for row in rows] for labels in (people, places))
    found = finder()(texts, ["zh"] * len(texts), "always")
    ours = [[(a, b) for a, b, kind, *_ in row if kind == "PERSON"] for row in found]
    alone = [[(a, b) for a, b, _ in row] for row in lac.runner().entities(texts, ("PER",))]
    where = [[(a, b) for a, b, kind, *_ in row if kind in PLACES] for row in found]
    names = {"Provender": exact(gold, ours), "LAC alone": exact(gold, alone)}
    names |= {package: exact(gold, theirs) for package, theirs in by_others(texts)}
    places_found = {"n": sum(map(len, sites)), "recall": overlapped(sites, where)}
    named = {label: [_spans(row, (label,)) for row in rows] for label in TRAPS}
    traps = {label: {"n": sum(map(len, of)), "share": overlapped(of, ours)} for label, of in named.items() if any(of)}
    return {
        "n_texts": len(texts), "n_names": sum(map(len, gold)), "names": names, "places": places_found, "traps": traps,
    }  # fmt: skip


def _spans(row: dict[str, Any], labels: Sequence[str]) -> list[Span]:
    return [(s["start"], s["end"]) for s in row["spans"] if s["label"] in labels]


def main() -> None:
    """Measure, print, keep when told to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    figures = {
        "measured": datetime.now(UTC).date().isoformat(), "rules": rules_sha256("personal"), "model": models()["zh"],
        "sets": {name: measured(name) for name in SETS},
    }  # fmt: skip
    print(json.dumps(figures, indent=1))
    if given.write:
        KEPT.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
