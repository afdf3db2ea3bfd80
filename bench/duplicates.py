"""MinHash signatures and the whole duplicates stage against datasketch, on the same texts in the same run.

    python bench/duplicates.py FILE.jsonl[.zst] ... [--peer-documents 200]

datasketch gets ready-made shingle hashes through `update_batch` with an identity hash function, so its tokenising
costs nothing here; ours starts from UTF-8 text. Ratios are of MB of text a second, one core.
"""

import argparse
import json
import resource
import time

import datasketch
import pyarrow as pa

from pipeline.kernels import minhash, shingles
from pipeline.readers import rows
from pipeline.stages import duplicates

TEXTS = ("warm up the kernels, please, now", "先让内核热一热身再说")


def low32(h: int) -> int:
    """The base hash that both sides use."""
    return h & 0xFFFFFFFF


def peer_mb_per_s(text: pa.Array) -> float:
    """Speed of datasketch on texts whose shingles are already hashed."""
    hashes, starts, sizes = shingles.sets(text)
    ready = [hashes[s : s + n].tolist() for s, n in zip(starts, sizes, strict=True)]
    start = time.perf_counter()
    for values in ready:
        datasketch.MinHash(num_perm=128, hashfunc=low32).update_batch(values)
    return megabytes(text) / (time.perf_counter() - start)


def our_mb_per_s(text: pa.Array) -> float:
    """Our speed from UTF-8 text to signatures."""
    start = time.perf_counter()
    minhash.sketch(text)
    return megabytes(text) / (time.perf_counter() - start)


def megabytes(text: pa.Array) -> float:
    """UTF-8 size of a string array."""
    _, offsets = shingles.buffers(text)
    return float(offsets[-1] - offsets[0]) / 1e6


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+")
    parser.add_argument("--peer-documents", type=int, default=200)
    options = parser.parse_args()
    duplicates.pairs(pa.table({"doc_id": pa.array([0, 1]), "text": pa.array(TEXTS)}), 0.8)
    text = pa.concat_tables([t for name in options.files for t in rows.read(name)]).column("text")
    sample = text.slice(0, options.peer_documents).combine_chunks()
    peer, ours = peer_mb_per_s(sample), our_mb_per_s(sample)
    start = time.perf_counter()
    found = duplicates.pairs(pa.table({"doc_id": pa.array(range(len(text)), pa.int64()), "text": text}), 0.8)
    whole = time.perf_counter() - start
    size = sum(megabytes(chunk) for chunk in text.chunks)
    print(
        json.dumps(
            {
                "sketch_mb_per_s": round(ours, 1),
                "datasketch_mb_per_s": round(peer, 2),
                "ratio": round(ours / peer, 1),
                "documents": len(text),
                "mb": round(size, 1),
                "pairs": found.num_rows,
                "pairs_seconds": round(whole, 1),
                "pairs_mb_per_s": round(size / whole, 1),
                "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
