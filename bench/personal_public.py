"""Precision and recall by type on a public English set, beside Presidio's engine with the same small model.

    PROVENDER_CORPORA=FOLDER python bench/personal_public.py [--write] [--show TYPE]

A gold span is found when a finding of its type overlaps it, a finding is right when it overlaps a gold span of its
type, whatever its score. What is only reported counts as found. `--write` keeps the figures in
bench/personal_public.json, from which `make docs` draws docs/generated/personal.md; `--show` prints wrong findings.
"""

import argparse
import gzip
import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.models.personal import finder
from pipeline.rules.loader import rules_sha256
from pipeline.rules.personal_models import models

KEPT = Path(__file__).parent / "personal_public.json"
CORPORA = Path(os.environ.get("PROVENDER_CORPORA", "../shared/corpora"))
SET = "public/pii-en/presidio_synth_v2.jsonl.gz"
GOLD = {
    "PERSON": "PERSON", "GPE": "LOCATION", "STREET_ADDRESS": "LOCATION", "CREDIT_CARD": "CREDIT_CARD",
    "PHONE_NUMBER": "PHONE_NUMBER", "EMAIL_ADDRESS": "EMAIL_ADDRESS", "IBAN_CODE": "IBAN_CODE", "US_SSN": "US_SSN",
    "IP_ADDRESS": "IP_ADDRESS", "US_DRIVER_LICENSE": "DRIVER_LICENCE",
}  # fmt: skip
"""Types that the default policy finds; it finds neither dates, nationalities, domains nor organisations."""
OURS = {
    "CN_ADDRESS": "LOCATION", "STREET_ADDRESS": "LOCATION", "CN_BANK_CARD": "CREDIT_CARD", "CN_MOBILE": "PHONE_NUMBER",
    "CN_LANDLINE": "PHONE_NUMBER",
}  # fmt: skip
THEIRS = {"US_DRIVER_LICENSE": "DRIVER_LICENCE"}

Span = tuple[int, int, str]


def rows() -> list[dict[str, Any]]:
    """The rows of the set: text and spans."""
    with gzip.open(CORPORA / SET, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def ours(texts: Sequence[str]) -> list[list[Span]]:
    """What our finder finds, under the set's names of types."""
    found = finder()(texts, ["en"] * len(texts), "always")
    return [[(start, end, OURS.get(kind, kind)) for start, end, kind, *_ in row] for row in found]


def engine() -> Any:
    """Presidio's engine as it comes, with our small model and with public suffixes as they are bundled."""
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    from pipeline.models.recognizers.pinned import PinnedEmail

    model = {"lang_code": "en", "model_name": models()["en"]}
    nlp = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": [model]}).create_engine()
    made = AnalyzerEngine(nlp_engine=nlp, supported_languages=["en"])
    made.registry.remove_recognizer("EmailRecognizer")  # it asks the network for public suffixes
    made.registry.add_recognizer(PinnedEmail())
    return made


def theirs(texts: Sequence[str]) -> list[list[Span]]:
    """What Presidio's engine finds."""
    stock = engine()
    return [
        [(one.start, one.end, THEIRS.get(one.entity_type, one.entity_type)) for one in stock.analyze(text, "en")]
        for text in texts
    ]


def counted(gold: Iterable[Sequence[Span]], found: Iterable[Sequence[Span]]) -> dict[str, dict[str, int]]:
    """Of each type: gold spans and how many are found, findings and how many are right."""
    n: dict[str, Counter[str]] = {"gold": Counter(), "hit": Counter(), "found": Counter(), "right": Counter()}
    for want, got in zip(gold, found, strict=True):
        n["gold"].update(kind for *_, kind in want)
        n["hit"].update(one[2] for one in want if _meets(one, got))
        n["found"].update(kind for *_, kind in got)
        n["right"].update(one[2] for one in got if _meets(one, want))
    return {kind: {name: counts[kind] for name, counts in n.items()} for kind in sorted(set(GOLD.values()))}


def _meets(one: Span, others: Sequence[Span]) -> bool:
    return any(other[2] == one[2] and other[0] < one[1] and one[0] < other[1] for other in others)


def main() -> None:
    """Measure, print, keep when told to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--show", help="type whose wrong findings are printed")
    given = parser.parse_args()
    read = rows()
    texts = [row["text"] for row in read]
    gold = [[(s["start"], s["end"], GOLD[s["label"]]) for s in row["spans"] if s["label"] in GOLD] for row in read]
    got, want = ours(texts), theirs(texts)
    if given.show:
        for text, here, there in zip(texts, got, gold, strict=True):
            wrong = [text[s:e] for s, e, kind in here if kind == given.show and not _meets((s, e, kind), there)]
            print(*([wrong, text] if wrong else []))
    figures = {
        "measured": datetime.now(UTC).date().isoformat(), "set": Path(SET).name.removesuffix(".jsonl.gz"),
        "n_texts": len(texts), "rules": rules_sha256("personal"), "model": models()["en"],
        "ours": counted(gold, got), "presidio": counted(gold, want),
    }  # fmt: skip
    print(json.dumps(figures, indent=1))
    if given.write:
        KEPT.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
