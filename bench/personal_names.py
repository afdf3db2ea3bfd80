"""Names and whole analysis beside Presidio's engine and the models' own code; two processes; memory of a worker.

    PROVENDER_CORPORA=FOLDER python bench/personal_names.py [--write]

Figures are MB of UTF-8 (for Chinese names characters) per second of processor time of one core, over documents of the
bench corpus in the same run, with caches warmed on other documents, as in a run that lasts. `--write` puts the figures
into bench/personal_names.json, which docs/generated/personal.md shows.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import personal as speed
import personal_public

from pipeline.models import benching, lac, names, personal
from pipeline.models.scan import written_in
from pipeline.rules.personal_models import models

KEPT = Path(__file__).with_name("personal_names.json")
ENGLISH_CHARS, WARM_CHARS, CHINESE_CHARS = 400_000, 3_000_000, 150_000
WORKER_CHARS, BATCH_CHARS = 100_000, 2_500_000
TRIES = 2
LABELS = {"PERSON": "PERSON", "GPE": "LOCATION", "LOC": "LOCATION", "NORP": "NRP"}
"""What Presidio makes of the model's labels, dates aside, which it finds by patterns too."""

Row = dict[str, Any]
Texts = Sequence[str]


def some(texts: Texts, language: str, chars: int) -> list[str]:
    """Documents in a language until there are so many characters."""
    found, n = [], 0
    for text in texts:
        if n < chars and (language == "any" or written_in(text) == language):
            found.append(text)
            n += len(text)
    return found


def whole(texts: Texts, warm: Texts) -> Row:
    """All with names and context beside Presidio's engine with the same model; differing: what the model finds."""
    engine, find = personal_public.engine(), personal.finder()
    find(warm, ["en"] * len(warm), "always")
    for text in warm[:20]:
        engine.analyze(text, "en")
    fast_s, _ = speed.timed(lambda: find(texts, ["en"] * len(texts), "always"))
    alone_s, want = speed.timed(lambda: [engine.analyze(text, "en") for text in texts])
    named = names.spacy_entities(models()["en"])(texts)
    got = [{(start, end, LABELS[label]) for start, end, label in row if label in LABELS} for row in named]
    kinds = frozenset(LABELS.values())
    theirs = [{(one.start, one.end, one.entity_type) for one in row if one.entity_type in kinds} for row in want]
    return {
        "what": "whole analysis with names, English, beside Presidio's engine",
        "mb_s": speed.megabytes(texts) / fast_s,
        "alone_mb_s": speed.megabytes(texts) / alone_s,
        "ratio": alone_s / fast_s,
        "found": sum(map(len, want)),
        "differing": sum(len(a ^ b) for a, b in zip(got, theirs, strict=True)),
    }


def model(what: str, fast: Callable[[Texts], Any], alone: Callable[[Texts], Any], texts: Texts) -> Row:
    """A model by our runner and by its own code."""
    half = len(texts) // 2
    fast(texts[:half]), alone(texts[:1])
    rest = texts[half:]
    (fast_s, got), (alone_s, want) = speed.timed(lambda: fast(rest)), speed.timed(lambda: alone(rest))
    return {
        "what": what,
        "mb_s": speed.megabytes(rest) / fast_s,
        "alone_mb_s": speed.megabytes(rest) / alone_s,
        "ratio": alone_s / fast_s,
        "found": sum(map(len, want)),
        "differing": sum(len(set(a) ^ set(b)) for a, b in zip(got, want, strict=True)),
        "chars_s": sum(map(len, rest)) / fast_s,
    }


def _worker(texts: Texts) -> tuple[float, float]:
    """Seconds on the clock and of processor time for the second half."""
    find, half = personal.finder(), len(texts) // 2
    langs = [written_in(text) for text in texts]
    find(texts[:half], langs[:half], "always")
    started, used = time.perf_counter(), time.process_time()
    find(texts[half:], langs[half:], "always")
    return time.perf_counter() - started, time.process_time() - used


def _memory(texts: Texts) -> dict[str, float]:
    """MB of a worker that has looked for everything in one batch: at most, and its share of what is resident."""
    personal.finder()(texts, [written_in(text) for text in texts], "always")
    found = {}
    for file, name in (("status", "VmHWM"), ("smaps_rollup", "Pss")):
        lines = Path(f"/proc/self/{file}").read_text().splitlines()
        found[name] = next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024
    return found


def processes(texts: Texts) -> Row:
    """Two processes beside one, each over the same documents: by the clock at best, and by processor time."""
    with get_context("spawn").Pool(2) as pool:
        alone, both = [], []
        for _ in range(TRIES):
            alone += pool.map(_worker, [texts], chunksize=1)
            both += [tuple(map(max, zip(*pool.map(_worker, [texts, texts], chunksize=1), strict=True)))]
    clock, used = ([min(one[at] for one in rows) for rows in (alone, both)] for at in (0, 1))
    return {"clock": 2 * clock[0] / clock[1], "processor": 2 * used[0] / used[1]}


def memory(texts: Texts) -> Row:
    """Of a worker with both models and one large batch."""
    with get_context("spawn").Pool(1) as pool:
        [found] = pool.map(_memory, [texts])
    return {"batch_mb": speed.megabytes(texts), "most_mb": found["VmHWM"], "share_mb": found["Pss"]}


def measured() -> Iterator[tuple[str, Row]]:
    """Every figure, as it is measured."""
    texts = list(speed.documents(9000))
    english, chinese = some(texts, "en", ENGLISH_CHARS + WARM_CHARS), some(texts, "zh", CHINESE_CHARS)
    measured_on = some(english[::-1], "en", ENGLISH_CHARS)
    yield "row", whole(measured_on, english[: -len(measured_on)])
    spacy, own = names.spacy_entities(models()["en"]), benching.spacy_itself(models()["en"])
    yield "row", model("names, English, beside spaCy's own `ner`", spacy, own, measured_on)
    han = [sentence for text in chinese for sentence in lac.SENTENCE.findall(text) if lac.HAN.search(sentence)]
    yield (
        "row",
        model("words and names, Chinese, beside LAC's own package", names.lac_entities(), benching.lac_itself(), han),
    )
    yield "processes", processes([*some(texts, "en", WORKER_CHARS), *some(texts, "zh", WORKER_CHARS // 2)])
    yield "memory", memory(some(texts, "any", BATCH_CHARS))


def main() -> None:
    """Measure and print; keep when told to."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true")
    given = options.parse_args()
    kept: dict[str, Any] = {"measured": datetime.now(UTC).date().isoformat(), "rows": []}
    for name, row in measured():
        print("  ".join(f"{k}={v:.2f}" if isinstance(v, float) else f"{v}" for k, v in row.items()), flush=True)
        kept |= {"rows": [*kept["rows"], row]} if name == "row" else {name: row}
    if given.write:
        KEPT.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
