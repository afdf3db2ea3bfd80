"""The peer of bench/quality.py, run in its own environment: JSON lines of texts in, one JSON object out.

In: `{"id", "lang", "text"}`. Out: per row what each filter of datatrove answered and the spans of its tokens, and the
seconds of processor time that the four filters took by language, each on the whole text, and as a pipeline in which a
dropped document goes no further. C4's filter rewrites its document, so each filter is given its own.
"""

import json
import sys
import time
from collections.abc import Sequence
from typing import Any

from datatrove.data import Document
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)
from datatrove.utils.word_tokenizers import load_word_tokenizer

LANGUAGES = {"en": "eng", "zh": "cmn"}
STOP_WORDS = list("的年在月是和日了於·為有被人中为他與後也而由")
GRAMS = ((2, 0.256), (3, 0.201), (4, 0.171))
REPEATED = ((5, 0.198), (6, 0.182), (7, 0.167), (8, 0.154), (9, 0.14), (10, 0.127))

Filters = dict[str, Sequence[Any]]


def four(language: str) -> Filters:
    """The four filters with their defaults."""
    return {
        "gopher_q": [GopherQualityFilter(language=language)],
        "gopher_rep": [GopherRepetitionFilter(language=language)],
        "c4": [C4QualityFilter(language=language)],
        "fineweb": [FineWebQualityFilter(language=language)],
    }


def more(language: str) -> Filters:
    """C4 as FineWeb uses it; FineWeb-2's three filters with the limits of `cmn_Hani.yml`."""
    found: Filters = {"c4-open": [C4QualityFilter(language=language, filter_no_terminal_punct=False)]}
    if language != "cmn":
        return found
    repetition = GopherRepetitionFilter(
        language=language, dup_line_frac=0.287, dup_line_char_frac=0, dup_para_frac=0, dup_para_char_frac=0,
        top_n_grams=GRAMS, dup_n_grams=REPEATED,
    )  # fmt: skip
    fineweb = FineWebQualityFilter(
        language=language, line_punct_thr=0.106, short_line_thr=999, char_duplicates_ratio=0.1, new_line_ratio=0.178
    )
    quality = GopherQualityFilter(
        language=language, min_avg_word_length=1, max_avg_word_length=5, max_non_alpha_words_ratio=0.735,
        min_stop_words=2, stop_words=STOP_WORDS,
    )  # fmt: skip
    return {**found, "fineweb2": [repetition, fineweb, quality]}


def reason(filters: Sequence[Any], text: str) -> str | None:
    """The first failure of the filters, None where all let the text pass; an exception by its name."""
    for one in filters:
        try:
            answer = one.filter(Document(text=text, id=""))
        except Exception as e:  # noqa: BLE001  what the original does with the text is what is asked
            return type(e).__name__
        if answer is not True:
            return str(answer[1])
    return None


def spans(language: str, text: str) -> list[int]:
    """Start and end of each of its tokens, white space cut off as it does."""
    tokenizer = load_word_tokenizer(language)
    found, start = [], 0
    for word in tokenizer.word_tokenize(text):
        start = text.index(word, start)
        found += [start, start + len(word)]
        start += len(word)
    return found


def seconds(filters: Sequence[Any], texts: Sequence[str]) -> float:
    """Processor time of one filter on every text."""
    start = time.process_time()
    for text in texts:
        reason(filters, text)
    return time.process_time() - start


def piped_seconds(filters: Filters, texts: Sequence[str]) -> float:
    """Processor time of all filters one after the other, each text until one drops it."""
    start = time.process_time()
    for text in texts:
        any(reason(one, text) is not None for one in filters.values())
    return time.process_time() - start


def main() -> None:
    """Answer for every row."""
    rows = [json.loads(line) for line in sys.stdin]
    out: dict[str, Any] = {"reasons": {}, "spans": {}, "seconds": {}, "piped_seconds": {}}
    for lang, language in LANGUAGES.items():
        texts = [row["text"] for row in rows if row["lang"] == lang]
        filters = four(language)
        for one in filters.values():
            reason(one, "warm up, please. " * 20)
        out["seconds"][lang] = {name: seconds(one, texts) for name, one in filters.items()}
        out["piped_seconds"][lang] = piped_seconds(filters, texts)
        for row in rows:
            if row["lang"] == lang:
                all_filters = filters | more(language)
                out["reasons"][row["id"]] = {name: reason(one, row["text"]) for name, one in all_filters.items()}
                out["spans"][row["id"]] = spans(language, row["text"])
    json.dump(out, sys.stdout)


if __name__ == "__main__":
    main()
