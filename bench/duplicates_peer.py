"""One peer of bench/duplicates.py, run in its own environment on one core: seconds and answers as JSON on stdout.

    python bench/duplicates_peer.py signatures PEER FILE.jsonl   texts to signatures of 128 permutations
    python bench/duplicates_peer.py dedup rensa FILE.jsonl[.zst] ...   texts to the documents that stay

Every answer is of one run after a warm-up; the caller repeats. `shingles`: from text, the same shingles for every
peer, 5 words, in Chinese text 5 characters without white space, cut in Python; datatrove cuts its own. `ready`: of
that the library alone. `words`: from text as rensa's README has it, the words of `str.split` as the set, which for
Chinese are whole clauses. `hashes`: 64-bit hashes of the shingles are ready. Files are read before the clock starts.
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
    """CPU seconds by what is ready when the clock starts."""
    read = list(rows(path))
    if name == "datatrove":
        return {"shingles": datatrove(read)}
    sign = {"rensa": rensa, "datasketch": datasketch}[name]()
    sign([shingles(read[0])])
    start = time.process_time()
    alone = 0.0
    for first in range(0, len(read), BLOCK):
        sets = [shingles(row) for row in read[first : first + BLOCK]]
        ready = time.process_time()
        sign(sets)
        alone += time.process_time() - ready
    found = {"shingles": time.process_time() - start, "ready": alone}
    return found | (rensa_otherwise(read) if name == "rensa" else {})


def rensa_otherwise(read: Sequence[dict[str, str]]) -> dict[str, float]:
    """Its README's own example, and its fastest interface, which takes hashes."""
    import numpy as np
    from rensa import RMinHash

    start = time.process_time()
    for first in range(0, len(read), BLOCK):
        RMinHash.from_token_sets([row["text"].split() for row in read[first : first + BLOCK]], PERMUTATIONS, 42)
    words = time.process_time() - start
    sets = [shingles(row) for row in read]
    hashes = np.array([hash(one) & 0xFFFFFFFFFFFFFFFF for sets_of in sets for one in sets_of], np.uint64)
    offsets = np.cumsum([0, *map(len, sets)]).astype(np.uint64)
    start = time.process_time()
    RMinHash.digest_matrix_from_flat_token_hashes(hashes, offsets, PERMUTATIONS, 42)
    return {"words": words, "hashes": time.process_time() - start}


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
    """Its deduplicator over shingles and over words: sketch similarity, no verification."""
    read = [row for path in paths for row in rows(path)]
    own = _dedup(read, shingles)
    words = _dedup(read, lambda row: row["text"].split())
    answer = {"documents": len(read), "words": words["seconds"], "words_kept": words["kept"]}
    return answer | {"shingles": own["seconds"], "ready": own["ready"], "kept": own["kept"]}


def _dedup(read: Sequence[dict[str, str]], cut: Callable[[dict[str, str]], list[str]]) -> dict[str, float]:
    from rensa import RMinHashDeduplicator

    found = RMinHashDeduplicator(threshold=0.8, num_perm=PERMUTATIONS, use_lsh=True)
    start = time.process_time()
    alone, kept = 0.0, 0
    for first in range(0, len(read), BLOCK):
        pairs = [(str(first + i), cut(row)) for i, row in enumerate(read[first : first + BLOCK])]
        ready = time.process_time()
        kept += sum(found.add_pairs(pairs))
        alone += time.process_time() - ready
    return {"seconds": time.process_time() - start, "ready": alone, "kept": kept}


def main() -> None:
    """Answer one question."""
    import resource

    task, name, *paths = sys.argv[1:]
    found: dict[str, Any] = signatures(name, paths[0]) if task == "signatures" else dedup(paths)
    print(json.dumps(found | {"peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))


if __name__ == "__main__":
    main()
