"""Snapshots beside what is asked of them: freeze, verify, erase and look-up, on text made here. One core each.

`python bench/snapshots.py [MB]`: prints one JSON object a line. Needs no corpora. On a shared machine the ratio to
SHA-256 of the same bytes in the same run says more than the rate.
"""

import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from pipeline.ledger import keys
from pipeline.rules import requests as rules
from pipeline.schemas import DOCUMENTS, conform
from pipeline.schemas.private import SUBJECT_INDEX
from pipeline.snapshots import amending, approve, freeze, freezing, mark_checked, publish, pull, shards, withdrawing
from pipeline.snapshots.pulling import Manner
from pipeline.snapshots.states import Frozen
from pipeline.store import parquet
from pipeline.store.lake import Lake

DOC_CHARS = 4_000
INDEX_ROWS = 10_000_000


def timed(work: Callable[[], object]) -> float:
    """Seconds of wall clock."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def cpu(work: Callable[[], object]) -> float:
    """Seconds of processor time, all threads together: what a core would take alone."""
    began = time.process_time()
    work()
    return time.process_time() - began


def say(**values: object) -> None:
    """One line of the answer."""
    print(json.dumps(values), flush=True)


def made(folder: Path, megabytes: int) -> list[Path]:
    """Documents of random words, in batches of 2,000."""
    chance = random.Random(1)  # noqa: S311
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 9))) for _ in range(20_000)]
    weights = 1 / np.arange(1, len(words) + 1)
    drawn, known, weights = np.random.default_rng(1), np.array(words), weights / weights.sum()
    paths = []
    for batch in range(max(1, megabytes * 1_000_000 // (DOC_CHARS * 2_000))):
        rows = drawn.choice(known, (2_000, DOC_CHARS // 5), p=weights).tolist()
        texts = [" ".join(row)[:DOC_CHARS] for row in rows]
        columns = {
            "doc_id": [(batch << 32) + n for n in range(len(texts))],
            "source_id": [f"s{batch % 5}"] * len(texts),
            "text": texts,
            "lang": ["en"] * len(texts),
            "content_hmac": [bytes(32)] * len(texts),
            "locator": ["x"] * len(texts),
        }
        paths.append(folder / f"{batch}.parquet")
        parquet.write(paths[-1], conform(columns, DOCUMENTS))
    return paths


def snapshots(folder: Path, megabytes: int) -> None:
    """Freeze, pull and erase."""
    lake = Lake(folder / "lake")
    for name, role in (("notary", "notary"), ("alice", "data-owner"), ("bob", "compliance")):
        keys.trust(lake.ledger, keys.generate(lake.private / "keys", name).vkey, role=role, at_us=1, actor=name)
    paths = made(folder, megabytes)
    n_text = sum(pc.sum(pc.binary_length(pq.read_table(p, columns=["text"])["text"])).as_py() for p in paths)
    given = {
        "name": "b",
        "run": "r",
        "use": "pretrain",
        "licences": {f"s{n}": "MIT" for n in range(5)},
        "attributions": {},
    }
    for name in ("warm", "warmer"):  # what is loaded once is not a rate
        freeze(lake, documents=paths[:1], at_us=1, actor="e", **(given | {"name": name}))
    seconds = cpu(lambda: freeze(lake, documents=paths, at_us=1, actor="e", **given))
    say(bench="freeze", mb_a_core_s=round(n_text / seconds / 1e6), target=100, text_mb=round(n_text / 1e6))
    release(lake, "b@1")
    frozen = freezing.find(lake, "b@1")
    n_packed = pulled(lake, "b@1", folder / "got", bench="pull, every byte verified")
    for bench, ids in (("of one source", _of_one(paths)), ("of all sources", _scattered(paths))):
        erase(lake, frozen, bench, ids, n_packed)
    freeze(lake, documents=paths, at_us=1, actor="e", shard_bytes=shards.SHARD_BYTES, **(given | {"name": "large"}))
    release(lake, "large@1")
    pulled(lake, "large@1", folder / "large", bench="pull, shards of up to 128 MB")


def release(lake: Lake, name: str) -> None:
    """Check, approve and publish."""
    mark_checked(lake, name, at_us=2, is_success=True)
    for actor, role in (("alice", "data-owner"), ("bob", "compliance")):
        approve(lake, name, actor=actor, role=role, key=lake.private / "keys" / f"{actor}.key", at_us=3)
    publish(lake, name, at_us=4)


def pulled(lake: Lake, name: str, into: Path, *, bench: str) -> int:
    """Pull, and pull again what is there already, which verifies every byte of it; the bytes of its shards."""
    take = partial(pull, lake.root, name, into, puller="t", manner=Manner(workers=1))
    first = cpu(lambda: take(at_us=5))
    files = sorted((into / "data").iterdir())
    n_packed = sum(path.stat().st_size for path in files)
    again = min(cpu(lambda at_us=at_us: take(at_us=at_us)) for at_us in (6, 7, 8))
    hashed = min(cpu(lambda: [shards.digest(path) for path in files]) for _ in range(3))
    say(
        bench=bench,
        mb_a_core_s=round(n_packed / again / 1e6),
        target=700,
        of_sha256_alone=round(hashed / again, 2),
        copied_mb_a_core_s=round(n_packed / first / 1e6),
        shards=len(files),
        packed_mb=round(n_packed / 1e6),
    )
    return n_packed


def _of_one(paths: Sequence[Path]) -> pa.Array:
    """Twelve documents that were read one after the other."""
    return parquet.read(paths[0]).column("doc_id")[500:512].combine_chunks()


def _scattered(paths: Sequence[Path]) -> pa.Array:
    """Twelve documents as far from each other as can be."""
    ids = pa.concat_tables([pq.read_table(path, columns=["doc_id"]) for path in paths]).column("doc_id")
    return ids.take(pa.array(range(0, len(ids), len(ids) // 12)))[:12].combine_chunks()


def erase(lake: Lake, frozen: Frozen, bench: str, ids: pa.Array, n_packed: int) -> None:
    """Amend the snapshot; what is new of it is what a team that has the old one fetches."""
    done: list[Frozen | None] = []
    seconds = timed(lambda: done.append(amending.amend(lake, frozen, ids, attributions={}, at_us=7, actor="e")))
    (new,) = done
    assert new is not None
    old = {str(one["sha256"]) for one in withdrawing.listed(frozen)}
    written = sum(int(str(one["bytes"])) for one in withdrawing.listed(new) if one["sha256"] not in old)
    say(
        bench=f"erase 12 documents {bench}",
        rewritten_percent=round(100 * written / n_packed, 2),
        target=5,
        shards=len(old),
        packed_mb=round(n_packed / 1e6),
        seconds=round(seconds, 2),
    )


def lookup(folder: Path) -> None:
    """One person among ten million places."""
    order = np.sort(np.random.default_rng(1).integers(0, 1 << 62, INDEX_ROWS, dtype=np.int64))
    for part in range(10):
        mine = order[part::10]
        tags = np.zeros((len(mine), 2), ">i8")
        tags[:, 0] = mine
        columns = {
            "subject_tag": pa.FixedSizeBinaryArray.from_buffers(
                pa.binary(16), len(mine), [None, pa.py_buffer(tags.tobytes())]
            ),
            "entity_type": pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(mine), "i4")), ["CN_MOBILE"]).cast(
                pa.string()
            ),
            "doc_id": pa.array(np.arange(len(mine), dtype="i8")),
            "start": pa.array(np.zeros(len(mine), "i4")),
            "end": pa.array(np.full(len(mine), 11, "i4")),
        }
        parquet.write(
            folder / f"{part:08x}.parquet", pa.table(columns, schema=SUBJECT_INDEX), group_rows=parquet.SOUGHT_ROWS
        )
    tag = int(order[5_000_003]).to_bytes(8, "big") + bytes(8)
    scanned = ds.dataset(folder, schema=SUBJECT_INDEX, format="parquet")

    def find() -> int:
        return int(scanned.to_table(filter=ds.field("subject_tag") == pa.scalar(tag, pa.binary(16))).num_rows)

    assert find() == 1
    say(bench="look-up", rows=INDEX_ROWS, ms=round(1000 * min(timed(find) for _ in range(5))), target=100)


def main() -> None:
    """Run all of them."""
    assert rules.reason("delete").effect == "erase"
    pa.set_cpu_count(1)
    with TemporaryDirectory() as folder:
        snapshots(Path(folder), int(sys.argv[1]) if len(sys.argv) > 1 else 200)
    with TemporaryDirectory() as folder:
        lookup(Path(folder))


if __name__ == "__main__":
    main()
