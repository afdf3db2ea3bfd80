"""The default policy over the bench corpus twice: behind the prefilter, and by every recognizer's own `analyze`.

    PROVENDER_CORPORA=FOLDER python bench/personal_equality.py numbers|labels STATE [--part K/N] [--seconds S]
    PROVENDER_CORPORA=FOLDER python bench/personal_equality.py compare STATE [--write]

`numbers` are Presidio's recognizers and ours for numbers and addresses, in columns too; `labels` those whose findings
stand behind a label, which take hours of one core without the prefilter. What they find alone is appended to a file in
the folder STATE, and a run goes on where the last one stopped; parts may run side by side. Documents come in the order
of their hashes: what is done is a fair sample at any time. `compare` runs the prefilter over the same documents, by the
code of today, and counts what differs; documents that are refused (rule PII.R090) are counted and not compared.
`--write` puts the figures into bench/personal_equality.json, which docs/generated/personal.md shows.
"""

import argparse
import io
import itertools
import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.models import personal
from pipeline.models.personal import UNSCANNED
from pipeline.models.scan import together, written_in

CORPORA = Path(os.environ.get("PROVENDER_CORPORA", "../shared/corpora"))
FIGURES = Path(__file__).with_name("personal_equality.json")
BATCH = 25


def documents(part: int, of: int) -> Iterator[str]:
    """Texts of the bench corpus in the order of their hashes, every `of`-th from `part` on."""
    position = itertools.count()
    for number in range(10):
        path = CORPORA / "bench" / f"bench-{number:02}.jsonl.zst"
        with io.TextIOWrapper(pa.input_stream(str(path), compression="zstd"), encoding="utf-8") as lines:
            yield from (json.loads(line)["text"] for line in lines if next(position) % of == part)


def batches(texts: Iterator[str], done: int) -> Iterator[tuple[list[str], list[str]]]:
    """Texts after the first `done` with their languages, a batch at a time."""
    rest = itertools.islice(texts, done, None)
    while batch := list(itertools.islice(rest, BATCH)):
        yield batch, [written_in(text) for text in batch]


def finder(which: str) -> personal.Finder:
    """The finder with its recognizers behind labels only, or with the others."""
    find, none = personal.finder(languages=()), together([])
    if which == "numbers":
        return replace(find, lookers=replace(find.lookers, every=none))
    return replace(find, lookers=replace(find.lookers, shadows=none, chinese=none, foreign=none, heads=none))


def alone(state: Path, which: str, part: int, of: int, seconds: float) -> None:
    """Append the findings of the recognizers alone, one line a document, null where it is refused."""
    state.mkdir(parents=True, exist_ok=True)
    path = state / f"{which}-{part}-{of}.jsonl"
    done = len(path.read_text(encoding="utf-8").splitlines()) if path.exists() else 0
    find, until = finder(which), time.monotonic() + seconds
    plain = replace(find, gated=False)
    with path.open("a", encoding="utf-8") as out:
        for texts, langs in batches(documents(part, of), done):
            refused = [any(one[2] == UNSCANNED for one in row) for row in find(texts, langs, "never")]
            rows = iter(plain(*_kept(refused, texts, langs), "never"))
            out.writelines(json.dumps(None if is_refused else next(rows)) + "\n" for is_refused in refused)
            out.flush()
            if time.monotonic() > until:
                return


def _kept(refused: list[bool], *columns: list[str]) -> tuple[list[str], ...]:
    return tuple([one for one, is_refused in zip(column, refused, strict=True) if not is_refused] for column in columns)


def compare(state: Path, which: str) -> dict[str, Any]:
    """Counts over all documents done; a finding differs when one way alone has it, or scores it otherwise."""
    find, told, kinds = finder(which), Counter[str](), Counter[str]()
    for path in sorted(state.glob(f"{which}-*.jsonl")):
        _, part, of = path.stem.split("-")
        with path.open(encoding="utf-8") as lines:
            for texts, langs in batches(documents(int(part), int(of)), 0):
                wants = [json.loads(line) for line in itertools.islice(lines, len(texts))]
                rows = zip(texts, wants, find(texts, langs, "never"), strict=False)
                for text, want, got in rows:
                    _count(told, kinds, text, want, got)
                if len(wants) < BATCH:
                    break
    return {**told, "differing_by_type": dict(sorted(kinds.items()))}


def _count(told: Counter[str], kinds: Counter[str], text: str, want: list[Any] | None, got: list[Any]) -> None:
    told["bytes"] += len(text.encode("utf-8", "surrogatepass"))
    told["documents"] += 1
    if want is None:
        told["refused"] += 1
        return
    differing = {tuple(one) for one in want} ^ {tuple(one) for one in got}
    told["found"] += len(want)
    told["differing"] += len(differing)
    kinds.update(one[2] for one in differing)


def main() -> None:
    """Find or compare; see the module."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("way", choices=("numbers", "labels", "compare"))
    options.add_argument("state", type=Path)
    options.add_argument("--part", default="0/1")
    options.add_argument("--seconds", type=float, default=float("inf"))
    options.add_argument("--write", action="store_true")
    given = options.parse_args()
    if given.way != "compare":
        part, of = map(int, given.part.split("/"))
        alone(given.state, given.way, part, of, given.seconds)
        return
    seen = {which: compare(given.state, which) for which in ("numbers", "labels")}
    print(json.dumps(seen, indent=1))
    if given.write:
        FIGURES.write_text(json.dumps(seen, indent=1) + "\n")


if __name__ == "__main__":
    main()
