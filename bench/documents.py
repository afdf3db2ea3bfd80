"""Main text of pages, language, and speed of the documents stage, on the public corpora.

    python bench/documents.py [--corpora FOLDER]

Pages: 91 with a main text marked by people; F1 of the bag of tokens (words, single Han characters), mean over pages.
The peers are trafilatura's other settings, which need no further install.
"""

import argparse
import gzip
import json
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.models import html, language
from pipeline.readers import formats
from pipeline.stages import documents

TOKEN = re.compile(r"[一-鿿]|[^\W_]+")


def rows(path: Path) -> Iterator[dict[str, str]]:
    """Objects of a gzipped file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def score(got: str, expected: str) -> tuple[float, float, float]:
    """Precision, recall and F1 of the tokens of a page."""
    found, true = Counter(TOKEN.findall(got.lower())), Counter(TOKEN.findall(expected.lower()))
    both = (found & true).total()
    precision, recall = both / max(1, found.total()), both / max(1, true.total())
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def pages(path: Path) -> dict[str, object]:
    """Scores of our extractor and of trafilatura's settings."""
    import trafilatura

    settings: dict[str, Callable[[str], str]] = {
        "ours": html.extractor(),
        "trafilatura recall": lambda p: trafilatura.extract(p, favor_recall=True, include_comments=False) or "",
        "trafilatura default": lambda p: trafilatura.extract(p, include_comments=False) or "",
        "trafilatura precision": lambda p: trafilatura.extract(p, favor_precision=True, include_comments=False) or "",
    }
    marked = [(row["html"], row["text"]) for row in rows(path)]
    found: dict[str, object] = {"pages": len(marked)}
    for name, extract in settings.items():
        start = time.perf_counter()
        texts = [extract(page) for page, _ in marked]
        took = time.perf_counter() - start
        scores = [score(text, true) for text, (_, true) in zip(texts, marked, strict=True)]
        means = [round(sum(column) / len(scores), 4) for column in zip(*scores, strict=True)]
        found[name] = {
            **dict(zip(("precision", "recall", "f1"), means, strict=True)),
            "empty": sum(not text for text in texts),
            "html_mb_per_s": round(sum(len(page.encode()) for page, _ in marked) / 1e6 / took, 2),
        }
    return found


def languages(path: Path) -> dict[str, object]:
    """Accuracy by language on single sentences."""
    sentences = [(row["text"], row["lang"]) for row in rows(path)]
    got = language.detector()([text for text, _ in sentences])
    right = Counter(lang for (code, _), (_, lang) in zip(got, sentences, strict=True) if code == lang)
    of = Counter(lang for _, lang in sentences)
    chosen = {lang: round(right[lang] / of[lang], 4) for lang in ("en", "zh", "ja", "ko", "de", "fr", "es", "ru")}
    return {"sentences": len(sentences), "accuracy": round(right.total() / len(sentences), 4), **chosen}


def speed(path: Path) -> dict[str, float]:
    """MB of text a second, one core: reading JSON lines, then measuring without and with language."""
    ready = language.detector()
    _measured(list(formats.read(path, "jsonl", formats.Limits()))[:1], ready)
    start = time.perf_counter()
    tables = list(formats.read(path, "jsonl", formats.Limits()))
    found = {"read": time.perf_counter() - start}
    size = sum(pc.sum(pc.binary_length(table.column("text"))).as_py() for table in tables) / 1e6
    for name, detect in (("measure_without_language", _none), ("measure", ready)):
        start = time.perf_counter()
        _measured(tables, detect)
        found[name] = time.perf_counter() - start
    return {name: round(size / took, 1) for name, took in found.items()}


def _none(texts: Sequence[str]) -> list[tuple[str, int]]:
    return [("und", 0)] * len(texts)


def _measured(tables: list[pa.Table], detect: language.Detector) -> None:
    for table in tables:
        documents.measure(
            table,
            source_id="bench",
            first_doc_id=0,
            extract_html=html.extractor(),
            detect_language=detect,
            content_key=b"k" * 32,
        )


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpora", default=os.environ.get("PROVENDER_CORPORA", "../shared/corpora"), type=Path)
    corpora = parser.parse_args().corpora
    if not (corpora / "public").is_dir():
        parser.exit(0, f"skipped: no corpora in {corpora}; set PROVENDER_CORPORA\n")
    found = {
        "html": pages(corpora / "public/html/article_extraction_a.jsonl.gz"),
        "language": languages(corpora / "public/langid/lingua_sentences_10.jsonl.gz"),
        "mb_per_s": speed(corpora / "bench/bench-00.jsonl.zst"),
    }
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
