"""One peer of bench/duplicates.py, run in its own environment on one core: seconds and answers as JSON on stdout.

    python bench/duplicates_peer.py signatures PEER FILE.jsonl   texts to signatures of 128 permutations
    python bench/duplicates_peer.py dedup rensa FILE.jsonl[.zst] ...   texts to the documents that stay

Every peer gets the same shingles: 5 words, in Chinese text 5 characters without white space. datatrove cuts its own.
`ready` is the time of the library alone, with Python's cutting of shingles left out.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

PERMUTATIONS = 128
WIDTH = 5
BLOCK = 500

Sign = Callable[[Sequence[list[str]]], object]


def rows(path: str) -> Iterator[dict[str, str]]:
    """The documents of a file."""
    if not path.endswith(".zst"):
        yield from map(json.loads, Path(path).read_text(encoding="utf-8").splitlines())
        return
    import zstandard

    with zstandard.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def shingles(row: dict[str, str]) -> list[str]:
    """5 successive words, or characters of Chinese text; a shorter text is one shingle."""
    words = row["text"].lower().split()
    tokens, between = ("".join(words), "") if row["lang"] == "zh" else (words, " ")
    return [between.join(tokens[i : i + WIDTH]) for i in range(max(1, len(tokens) - WIDTH + 1))]


def rensa() -> Sign:
    """R-MinHash, a matrix at a time, the fastest of its ways that sees all tokens."""
    from rensa import RMinHash

    return lambda sets: RMinHash.digest_matrix_from_token_sets(sets, num_perm=PERMUTATIONS, seed=42)


def datasketch() -> Sign:
    """As its documentation has it: `update_batch` over encoded shingles."""
    from datasketch import MinHash

    def sign(sets: Sequence[list[str]]) -> object:
        for one in sets:
            MinHash(num_perm=PERMUTATIONS).update_batch([shingle.encode() for shingle in one])
        return None

    return sign


def signatures(name: str, path: str) -> dict[str, float]:
    """Seconds from text to signature, and those of the library alone."""
    read = list(rows(path))
    if name == "datatrove":
        return {"seconds": datatrove(read)}
    sign = {"rensa": rensa, "datasketch": datasketch}[name]()
    sign([shingles(read[0])])
    start = time.process_time()
    alone = 0.0
    for first in range(0, len(read), BLOCK):
        sets = [shingles(row) for row in read[first : first + BLOCK]]
        ready = time.process_time()
        sign(sets)
        alone += time.process_time() - ready
    return {"seconds": time.process_time() - start, "ready": alone}


def datatrove(read: Sequence[dict[str, str]]) -> float:
    """Stage 1 of its MinHash, with its tokenizer of the language; 14 x 8 permutations, its default."""
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupSignature
    from datatrove.utils.typeshelper import Languages

    taken = 0.0
    for lang, language in (("en", Languages.english), ("zh", Languages.mandarin_chinese)):
        own = [row["text"] for row in read if row["lang"] == lang]
        stage = MinhashDedupSignature("/tmp/none", config=MinhashConfig(), language=language)  # noqa: S108  not written
        if own:
            stage.get_signature(stage.get_shingles(own[0] * 5))
            start = time.process_time()
            for text in own:
                shingled = stage.get_shingles(text)
                if shingled.size:
                    stage.get_signature(shingled)
            taken += time.process_time() - start
    return taken


def dedup(paths: Sequence[str]) -> dict[str, float]:
    """Its deduplicator as its documentation has it, over shingles: sketch similarity, no verification."""
    from rensa import RMinHashDeduplicator

    read = [row for path in paths for row in rows(path)]
    found = RMinHashDeduplicator(threshold=0.8, num_perm=PERMUTATIONS, use_lsh=True)
    start = time.process_time()
    alone, kept = 0.0, 0
    for first in range(0, len(read), BLOCK):
        pairs = [(str(first + i), shingles(row)) for i, row in enumerate(read[first : first + BLOCK])]
        ready = time.process_time()
        kept += sum(found.add_pairs(pairs))
        alone += time.process_time() - ready
    return {"seconds": time.process_time() - start, "ready": alone, "documents": len(read), "kept": kept}


def main() -> None:
    """Answer one question."""
    import resource

    task, name, *paths = sys.argv[1:]
    found: dict[str, Any] = signatures(name, paths[0]) if task == "signatures" else dedup(paths)
    print(json.dumps(found | {"peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))


if __name__ == "__main__":
    main()
