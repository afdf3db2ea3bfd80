"""Duplicates beside datasketch, rensa and datatrove, on the same texts in the same run; pairs beside the exact answer.

    python bench/duplicates.py [--peers bench/.peers-duplicates/bin/python] [--write bench/duplicates.json]

Without `--peers` an environment with the peers is made under bench/.peers-duplicates. Corpora: PROVENDER_CORPORA.
Speeds are of CPU seconds, all threads together, since the machine may be shared. Everybody runs `ROUNDS` times, one
after the other in each round, each time in a process of its own (so that its memory is its own) and after a warm-up;
the least time of each counts, on both sides. Reading files is left out, on both sides. Ours starts from UTF-8 text.
What is ready when a peer's clock starts is said by bench/duplicates_peer.py.
The exact answer is the Jaccard of every two documents that can reach 0.8 (prefix filter, which loses none); the
pairs that we give are reckoned once more from strings, in plain Python.
"""

import argparse
import gzip
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit

from pipeline.kernels import minhash, passages, shingles
from pipeline.readers import rows
from pipeline.rules.duplicates import by_relation, duplicate_rules, preferences
from pipeline.stages import duplicates

CORPORA = Path(os.environ.get("PROVENDER_CORPORA", "../shared/corpora"))
PEERS = Path(__file__).parent / ".peers-duplicates"
PACKAGES = (
    "datasketch==2.0.0", "datatrove==0.10.1", "jieba==0.42.1", "nltk", "numpy", "regex", "rensa==0.5.0",
    "spacy<3.9", "tokenizers", "xxhash<4", "zstandard",
)  # fmt: skip
EVERY = 40
"""Signatures are measured on every fortieth document."""
ROUNDS = 3
TARGETS = {"datasketch": 20, "rensa": 8, "datatrove": 150}
DEDUP_TARGET = 5
MEMORY_MB = 1500
THRESHOLD = 0.8
MILLION = 1_000_000

Rows = npt.NDArray[np.int64]


def corpus() -> pa.Table:
    """The bench corpus as doc_id, text, lang."""
    read = pa.concat_tables([t for name in corpus_files() for t in rows.read(name)])
    return pa.table({"doc_id": pa.array(range(read.num_rows), pa.int64()), "text": read.column("text")})


def corpus_files() -> list[str]:
    """Its files."""
    return sorted(str(path) for path in (CORPORA / "bench").glob("*.zst"))


def known(name: str) -> list[dict[str, Any]]:
    """The rows of a set with known pairs."""
    with gzip.open(CORPORA / "public" / "dedup" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def megabytes(text: pa.Array | pa.ChunkedArray) -> float:
    """UTF-8 size of texts."""
    return float(pc.sum(pc.binary_length(text)).as_py() or 0) / 1e6


def cpu_seconds(task: Callable[[], object]) -> float:
    """The CPU time of one run."""
    start = time.process_time()
    task()
    return time.process_time() - start


# --- parts: each in a process of its own ------------------------------------------------------------------------------


def signatures(path: str) -> dict[str, Any]:
    """CPU seconds from text to signatures, and from hashes of shingles to signatures."""
    text = pa.concat_tables(rows.read(path)).column("text").combine_chunks()
    minhash.sketch(text.slice(0, 2))
    found = {"shingles": cpu_seconds(lambda: minhash.sketch(text))}
    of, hashes = passages.windows(text, shingles.WIDTH)
    bounds = np.searchsorted(of, np.arange(len(text) + 1))
    out = np.full((len(text), minhash.PERMUTATIONS), minhash.EMPTY, np.uint32)
    _from_hashes(hashes[:9], bounds[:2] * 0, minhash.permutations(), out)
    found["hashes"] = cpu_seconds(lambda: _from_hashes(hashes, bounds, minhash.permutations(), out))
    return found | {"mb": megabytes(text), "documents": len(text), "n_shingles": len(hashes)}


@njit(nogil=True)
def _from_hashes(
    hashes: shingles.Array, bounds: Rows, ab: tuple[minhash.Signatures, minhash.Signatures], out: minhash.Signatures
) -> None:
    for d in range(len(bounds) - 1):
        minhash.minima(hashes[bounds[d] : bounds[d + 1]], ab, out[d])


def stage() -> dict[str, Any]:
    """The stage from texts to decisions, in memory."""
    warm = pa.table({"doc_id": [0, 1, 2], "text": ["a b c d e f g h", "a b c d e f g h", "先让内核热一热身再说"]})
    _decided(warm)
    documents = corpus()
    found: dict[str, Any] = {}
    seconds = cpu_seconds(lambda: found.update(_decided(documents)))
    return found | {"mb": megabytes(documents.column("text")), "documents": documents.num_rows, "shingles": seconds}


def _decided(documents: pa.Table) -> dict[str, Any]:
    rules = duplicate_rules()
    measures = duplicates.measure(documents)
    pairs = duplicates.verify(duplicates.candidates(measures, rules), documents)
    facts = documents.select(["doc_id"])
    decided = duplicates.decide(measures, pairs, facts, rules, preferences=preferences())
    return {"kept": int(pc.sum(pc.equal(decided.column("outcome"), "keep")).as_py())}


def truth() -> dict[str, Any]:
    """What is found, beside the exact answer."""
    documents = corpus()
    exact = exact_pairs(documents.column("text"))
    listed = _as_set(duplicates.pairs(documents, THRESHOLD))
    measures = duplicates.measure(documents)
    found = duplicates.verify(duplicates.candidates(measures, duplicate_rules()), documents)
    least = by_relation(duplicate_rules(), "near").threshold_ppm
    stage_pairs = _as_set(found.filter(pc.field("jaccard_ppm") >= least))
    kinds = measures.column("normalised_hash").combine_chunks()
    first = np.asarray(pc.index_in(kinds, kinds))
    asked = {(a, b) for a, b in exact if first[a] == a and (first[b] in {a, b})}
    texts = documents.column("text")
    wrong = sum(plain_jaccard(texts[a].as_py(), texts[b].as_py()) < THRESHOLD for a, b in listed | stage_pairs)
    return {
        "exact_pairs": len(exact),
        "listed_pairs": len(listed),
        "listed_recall": len(listed & exact) / len(exact),
        "stage_exact_pairs": len(asked),
        "stage_recall": len(stage_pairs & asked) / len(asked),
        "precision": 1 - wrong / len(listed | stage_pairs),
    }


def _as_set(pairs: pa.Table) -> set[tuple[int, int]]:
    return set(zip(pairs.column("a").to_pylist(), pairs.column("b").to_pylist(), strict=True))


def exact_pairs(texts: pa.ChunkedArray) -> set[tuple[int, int]]:
    """Every two texts whose shingle sets have a Jaccard of 0.8 or more; texts without tokens are in none.

    Of two such sets each holds a shared element among its |x| - ceil(0.8 |x|) + 1 rarest: only those are compared.
    """
    whole = pa.concat_arrays(texts.cast(pa.large_string()).chunks)
    hashes, starts, sizes = shingles.sets(whole)
    of = np.repeat(np.arange(len(sizes)), sizes)
    within = np.arange(len(of)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    _, rank, counts = np.unique(hashes[starts[of] + within], return_inverse=True, return_counts=True)
    by_count = np.empty(len(counts), np.int64)
    by_count[np.argsort(counts, kind="stable")] = np.arange(len(counts))
    ordered = np.sort(of << 32 | by_count[rank])
    prefix = sizes - -(-sizes * 4 // 5) + 1
    ordered = ordered[within < prefix[of]]
    element, document = ordered & 0xFFFFFFFF, ordered >> 32
    order = np.lexsort((document, element))
    found: set[int] = set()
    bounds = np.flatnonzero(np.concatenate([[True], np.diff(element[order]) != 0, [True]]))
    for start, end in itertools.pairwise(bounds.tolist()):
        if end - start > 1:
            found.update(_within(document[order[start:end]], sizes))
    pairs = np.array(sorted(found), np.int64)
    a, b = pairs >> 32, pairs & 0xFFFFFFFF
    both = minhash.common(hashes, starts, sizes, a, b)
    close = both * 5 >= (sizes[a] + sizes[b] - both) * 4
    return set(zip(a[close].tolist(), b[close].tolist(), strict=True))


def _within(members: Rows, sizes: Rows) -> list[int]:
    x, y = np.triu_indices(len(members), 1)
    a, b = members[x], members[y]
    fits = np.minimum(sizes[a], sizes[b]) * 5 >= np.maximum(sizes[a], sizes[b]) * 4
    return list((a << 32 | b)[fits].tolist())


def plain_jaccard(a: str, b: str) -> float:
    """The Jaccard of the sets of 5 successive tokens, from strings."""
    x, y = plain_shingles(a), plain_shingles(b)
    return len(x & y) / len(x | y)


def plain_shingles(text: str) -> set[tuple[str, ...]]:
    """5 successive tokens as the kernel's definition has them."""
    table = shingles.characters()
    tokens, word = [], ""
    for character in [*text, " "]:
        entry = int(table[ord(character)]) if ord(character) < len(table) else ord(character)
        kind, lowered = entry >> 24, chr(entry & 0xFFFFFF)
        if kind == shingles.WORD:
            word += lowered
        elif kind != shingles.SKIP:
            tokens += [part for part in (word, lowered if kind == shingles.SINGLE else "") if part]
            word = ""
    width = min(shingles.WIDTH, len(tokens))
    return {tuple(tokens[i : i + width]) for i in range(len(tokens) - width + 1)}


def planted() -> dict[str, Any]:
    """The pairs of McCormick's and textreuse's sets."""
    told = {frozenset((p["a"], p["b"])) for p in known("mccormick_1000_pairs")}
    reused = {
        ("remember00palm", "remembermeorholy00palm"), ("ca1851-match", "ny1850-match"),
        ("calltounconv00baxt", "lifeofrevrichard00baxt"), ("practicalthought00nev", "thoughtsonpopery00nevi"),
    }  # fmt: skip
    mccormick = dict(_named("mccormick_1000_docs", THRESHOLD))
    textreuse = dict(_named("textreuse_ats", 0.25))
    return {
        "mccormick": [len(told & set(mccormick)), len(told), len(set(mccormick) - told)],
        "textreuse": [
            len(same := {frozenset(p) for p in reused} & set(textreuse)),
            len(reused),
            len(textreuse) - len(same),
        ],
        "textreuse_jaccard": {" ~ ".join(p): textreuse.get(frozenset(p)) for p in sorted(reused)},
    }


def _named(name: str, threshold: float) -> Iterator[tuple[frozenset[str], float]]:
    read = known(name)
    text = [row["text"] for row in read]
    found = duplicates.pairs(pa.table({"doc_id": pa.array(range(len(read)), pa.int64()), "text": text}), threshold)
    for pair in found.to_pylist():
        yield frozenset((read[pair["a"]]["id"], read[pair["b"]]["id"])), pair["jaccard_ppm"] / MILLION


PARTS: dict[str, Callable[..., dict[str, Any]]] = {
    "signatures": signatures,
    "stage": stage,
    "truth": truth,
    "planted": planted,
}


# --- the run ----------------------------------------------------------------------------------------------------------


def part(name: str, *arguments: str) -> dict[str, Any]:
    """One part of ours."""
    return _answer([sys.executable, __file__, "--part", name, *arguments])


def ask(python: Path, *arguments: str) -> dict[str, Any]:
    """One peer."""
    return _answer([str(python), str(Path(__file__).with_name("duplicates_peer.py")), *arguments])


def _answer(command: Sequence[str]) -> dict[str, Any]:
    one_core = {"RAYON_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | one_core)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def peers(python: Path | None) -> Path:
    """A Python with the peers, made when none is given."""
    if python is None:
        python = PEERS / "bin" / "python"
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
            subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return python


def sample(to: Path) -> None:
    """Every fortieth document of the corpus."""
    with to.open("wb") as out:
        for name in corpus_files():
            lines = subprocess.run(["zstdcat", name], capture_output=True, check=True).stdout.splitlines(keepends=True)
            out.writelines(lines[::EVERY])


def measure(python: Path) -> dict[str, Any]:
    """All figures."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "sample.jsonl")
        sample(Path(path))
        asked: dict[str, Callable[[], dict[str, Any]]] = {"provender": partial(part, "signatures", path)}
        asked |= {name: partial(ask, python, "signatures", name, path) for name in TARGETS}
        signed = least(asked)
    stages = least(
        {"provender": partial(part, "stage"), "rensa": partial(ask, python, "dedup", "rensa", *corpus_files())}
    )
    return {
        "packages": {name: metadata.version(name) for name in ("numba", "pyarrow")} | {"peers": list(PACKAGES)},
        "rounds": ROUNDS,
        "signatures": _signatures(signed),
        "stage": _stage(stages["provender"], stages["rensa"]),
        "truth": {name: round(value, 4) for name, value in part("truth").items() if name != "peak_rss_mb"},
        "planted": {name: value for name, value in part("planted").items() if name != "peak_rss_mb"},
    }


def least(asked: dict[str, Callable[[], dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """The least of every figure of `ROUNDS` answers, everybody asked in turn."""
    answers = [{name: task() for name, task in asked.items()} for _ in range(ROUNDS)]
    return {name: {key: min(a[name][key] for a in answers) for key in answers[0][name]} for name in asked}


def _signatures(signed: dict[str, dict[str, Any]]) -> dict[str, Any]:
    own = signed["provender"]
    return {
        "documents": own["documents"],
        "mb": round(own["mb"], 1),
        "n_shingles": own["n_shingles"],
        "mb_per_s": round(own["mb"] / own["shingles"], 1),
        "million_hashes_per_s": round(own["n_shingles"] / own["hashes"] / MILLION, 1),
        "peers": [
            {"peer": name, "target": target, "ready": ready}
            | {"mb_per_s": round(own["mb"] / signed[name][ready], 2)}
            | {"times": round(signed[name][ready] / own["hashes" if ready == "hashes" else "shingles"], 1)}
            for name, target in TARGETS.items()
            for ready in ("shingles", "words", "ready", "hashes")
            if ready in signed[name]
        ],
    }


def _stage(own: dict[str, Any], rensa: dict[str, Any]) -> dict[str, Any]:
    return {
        "documents": own["documents"],
        "mb": round(own["mb"], 1),
        "seconds": round(own["shingles"], 2),
        "kept": own["kept"],
        "peak_rss_mb": own["peak_rss_mb"],
        "rensa_kept": rensa["kept"],
        "rensa_words_kept": rensa["words_kept"],
        "rensa": {
            ready: {"seconds": round(rensa[ready], 2), "times": round(rensa[ready] / own["shingles"], 1)}
            for ready in ("shingles", "words", "ready")
        },
    }


def missed(figures: dict[str, Any]) -> list[str]:
    """The targets that were not reached."""
    from_text = [p for p in figures["signatures"]["peers"] if p["ready"] == "shingles"]
    checks = {f"signatures beside {p['peer']}": p["times"] >= p["target"] for p in from_text}
    checks["stage beside rensa"] = figures["stage"]["rensa"]["shingles"]["times"] >= DEDUP_TARGET
    checks["memory"] = figures["stage"]["peak_rss_mb"] < MEMORY_MB
    checks["recall"] = min(figures["truth"]["listed_recall"], figures["truth"]["stage_recall"]) >= 0.99
    checks["precision"] = figures["truth"]["precision"] == 1
    checks["McCormick"] = figures["planted"]["mccormick"] == [10, 10, 0]
    checks["textreuse"] = figures["planted"]["textreuse"] == [4, 4, 0]
    return [name for name, holds in checks.items() if not holds]


def main() -> None:
    """Measure; print, and write where asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--part", nargs="+")
    options = parser.parse_args()
    if not (CORPORA / "bench").is_dir():
        sys.exit(f"skipped: no corpora at {CORPORA}; set PROVENDER_CORPORA")
    if options.part:
        name, *arguments = options.part
        found = PARTS[name](*arguments)
        print(json.dumps(found | {"peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))
        return
    figures = measure(peers(options.peers))
    print(json.dumps(figures, indent=1))
    if options.write:
        options.write.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if names := missed(figures):
        sys.exit(f"below target: {', '.join(names)}")


if __name__ == "__main__":
    main()
