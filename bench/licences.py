"""Licence texts to SPDX expressions: accuracy and speed, with peers on the same texts in the same run.

    python bench/licences.py [--peers bench/.peers-licences/bin/python] [--write bench/licences.json] [--only SET]

Without `--peers` an environment with the peers is made under bench/.peers-licences. Corpora: PROVENDER_CORPORA.

An answer is right when it names exactly the licences expected: each operand of AND once, in any order. Of the SPDX
list, identifiers that share one text count as one (`GPL-2.0`, `-only`, `-or-later`), deprecated ones as their
successors, and an exception is right with or without the licence it stands behind. licensee's fixtures are those with
one licence file whose licence it names. The variants of ScanCode are part of our rules: `held out` is without them.
Nothing was made from the `installed distributions`: the only licence file of each Python distribution installed here,
where its metadata name a licence; a file that holds bundled licences besides counts as wrong.

`--only` measures one set and leaves the figures of the others as they are.
"""

import argparse
import gzip
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml

from pipeline.kernels.expressions import canonical, operands
from pipeline.models import licence_texts, licence_words
from pipeline.readers import encodings
from pipeline.rules.licences import declared

if TYPE_CHECKING:
    from email.message import Message

CORPORA = Path(os.environ.get("PROVENDER_CORPORA", "../shared/corpora")) / "public" / "licence"
PEERS = Path(__file__).parent / ".peers-licences"
PACKAGES = ("licenseclassifier==2026.10.0", "pyaskalono==0.2.0", "scancode-toolkit-mini==32.5.0", "pluggy<1.6")
SLOW_SAMPLE = 60
"""Texts on which ScanCode's speed is taken."""
DISTINCT = 10_000

TARGETS = {"SPDX list": 0.97, "licensee": 0.95, "ScanCode lic1": 0.90}
SECONDS_TWO_CORES = 60

LICENCE_FILE = re.compile(r"dist-info/.*(licen[sc]e|copying)[^/]*$", re.IGNORECASE)
Answer = str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A text and what it is."""

    text: str
    expected: frozenset[str]  # every spelling of a right answer for `folded` cases, else the operands
    is_folded: bool = False  # whether -only and -or-later are one


def read(name: str) -> list[dict[str, str]]:
    """The rows of one file of the corpora."""
    with gzip.open(CORPORA / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def parts(expressions: Sequence[str]) -> frozenset[str]:
    """The operands of all expressions, each in one spelling."""
    found = (canonical(part) for one in expressions for part in operands(one))
    return frozenset(part for part in found if part)


def fold(expression: str) -> str:
    """The expression without -only and -or-later."""
    return re.sub("-only|-or-later", "", canonical(expression) or "")


def spdx_keys() -> dict[str, str]:
    """SPDX expression by ScanCode's key, from the index of keys that license-expression ships."""
    from license_expression import get_license_index

    return {one["license_key"]: one.get("spdx_license_key") or one["license_key"] for one in get_license_index()}


def sets() -> dict[str, list[Case]]:
    """The five sets."""
    keys = spdx_keys()

    def spdx(key: str) -> str:
        return re.sub(r"[^\s()]+", lambda m: keys.get(m[0], m[0]), key)

    same: dict[str, set[str]] = {}
    listed = [
        (r["text"], r["spdx"].replace("depreciate_", "").replace("WXwindows", "wxWindows"))
        for r in read("spdx_test_texts")
    ]
    for text, name in listed:
        same.setdefault(" ".join(licence_words.words(text)), set()).add(fold(name))
    return {
        "SPDX list": [
            Case(text=t, expected=frozenset(same[" ".join(licence_words.words(t))]), is_folded=True) for t, _ in listed
        ],
        "licensee": licensee(),
        "ScanCode lic1": [
            Case(text=str(r["text"]), expected=parts([spdx(e) for e in r["expected"]]))
            for r in read("scancode_datadriven_lic1")
        ],
        "installed distributions": installed(),
        "ScanCode variants": [
            Case(text=r["text"], expected=parts([spdx(r["license"])])) for r in read("scancode_full_text_rules")
        ],
    }


def installed() -> list[Case]:
    """The licence file of every distribution installed here that has one, with what its metadata declare."""
    cases = {}
    for one in distributions():
        said = declared(cast("Message", one.metadata))
        files = [file for file in one.files or () if LICENCE_FILE.search(str(file))]
        if said is None or "LicenseRef-" in said or len(files) != 1:
            continue
        path = Path(str(one.locate_file(files[0])))
        text = encodings.of_evidence(path.read_bytes()) if path.is_file() else None
        if text:
            cases[str(one.metadata["Name"])] = Case(text=text, expected=frozenset({fold(said)}), is_folded=True)
    return [case for _, case in sorted(cases.items())]


def licensee() -> list[Case]:
    """Fixtures with one licence file whose licence licensee's own expectations name."""
    ids = {one.lower(): one for one in spdx_keys().values()}
    files = {row["path"]: row["text"] for row in read("licensee_fixtures")}
    said = yaml.safe_load(files["fixtures.yml"])
    names = ("LICENSE", "LICENSE.md", "LICENSE.txt", "License.md", "LICENSE_1_0.txt", "license.html", "LICENSE.BULLETS")
    cases = []
    for folder, entry in said.items():
        found = [f"{folder}/{name}" for name in names if f"{folder}/{name}" in files]
        if len(found) == 1 and entry["key"] in ids and folder != "lgpl":  # two files that are one licence
            cases.append(Case(text=files[found[0]], expected=frozenset({fold(ids[entry["key"]])}), is_folded=True))
    return cases


def is_right(case: Case, answer: Answer) -> bool:
    """Whether an answer names exactly the licences expected."""
    if not case.is_folded:
        return parts([answer] if answer else []) == case.expected
    found = fold(answer or "")
    return found in case.expected or bool(set(found.split(" WITH ")[1:]) & case.expected)


def accuracy(cases: Sequence[Case], answer: Callable[[str], Answer]) -> float:
    """The share of right answers."""
    return round(sum(is_right(case, answer(case.text)) for case in cases) / len(cases), 4)


def ours(rules: licence_texts.Rules) -> Callable[[str], Answer]:
    """Our answer."""
    return lambda text: licence_texts.identify(rules, text).expression


def held_out(names: set[str]) -> licence_texts.Rules:
    """Our rules without those that are the texts of a set."""
    table = pq.read_table(licence_texts.RULES)
    is_own = pc.is_in(table.column("name"), pa.array(sorted(names)))
    return licence_texts.index(table.filter(pc.invert(is_own)))


def distinct(cases: Sequence[Case]) -> list[str]:
    """10,000 distinct texts: licence texts, each with another line of copyright, some words gone or put in."""
    random = Random(7)  # noqa: S311  a fixed sample, no secret
    texts = [case.text for case in cases]
    found = []
    for number in range(DISTINCT):
        words = random.choice(texts).split(" ")
        for _ in range(number % 4):
            words[random.randrange(len(words))] = random.choice(("", "the", f"name{number}"))
        found.append(f"Copyright (c) {1970 + number % 50} Holder {number}\n\n{' '.join(words)}")
    return found


def seconds(task: Callable[[], object]) -> float:
    """How long a task takes."""
    start = time.perf_counter()
    task()
    return time.perf_counter() - start


def peers(python: Path | None) -> Path:
    """A Python with the peers, made when none is given."""
    if python is None:
        python = PEERS / "bin" / "python"
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
            subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return python


def ask(python: Path, peer: str, texts: Sequence[str]) -> tuple[list[Answer], float]:
    """A peer's answers and its seconds after start-up."""
    script = Path(__file__).with_name("licences_peer.py")
    done = subprocess.run(
        [str(python), str(script), peer], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout.splitlines()[-1])
    return found["answers"], found["seconds"]


def row_of(name: str, of: Sequence[Case], rules: licence_texts.Rules, python: Path) -> dict[str, object]:
    """One set: ours and the peers' accuracy."""
    row: dict[str, object] = {"set": name, "texts": len(of), "provender": accuracy(of, ours(rules))}
    for peer in ("licenseclassifier", "askalono", "scancode"):
        answers, _ = ask(python, peer, [case.text for case in of])
        row[peer] = round(sum(map(is_right, of, answers)) / len(of), 4)
    return row


def measure_one(python: Path, name: str, before: dict[str, Any]) -> dict[str, Any]:
    """The figures of before with one set measured again."""
    rules = licence_texts.index(pq.read_table(licence_texts.RULES))
    rows = {str(row["set"]): row for row in before["accuracy"]}
    rows[name] = row_of(name, sets()[name], rules, python)
    return before | {"accuracy": list(rows.values())}


def measure(python: Path) -> dict[str, Any]:
    """All figures."""
    cases = sets()
    start = time.perf_counter()
    rules = licence_texts.index(pq.read_table(licence_texts.RULES))
    licence_texts.identify(rules, cases["licensee"][0].text)
    started = time.perf_counter() - start
    variants = {f"{row['id']}.RULE" for row in read("scancode_full_text_rules")}
    rows: list[dict[str, object]] = []
    rows += [row_of(name, of, rules, python) for name, of in cases.items()]
    held = accuracy(cases["ScanCode variants"], ours(held_out(variants)))
    rows.append({"set": "ScanCode variants, held out", "texts": len(variants), "provender": held})
    texts = distinct([*cases["SPDX list"], *cases["ScanCode variants"]])
    sample = texts[:SLOW_SAMPLE]
    own = seconds(lambda: [licence_texts.identify(rules, text) for text in texts])
    same = seconds(lambda: [licence_texts.identify(rules, text) for text in sample])
    _, scancode = ask(python, "scancode", sample)
    _, classifier = ask(python, "licenseclassifier", texts[:1000])
    return {
        "accuracy": rows,
        "rules": licence_texts.version(),
        "speed": {
            "distinct_texts": DISTINCT,
            "seconds_one_core": round(own, 1),
            "start_seconds": round(started, 1),
            "texts_per_second": round(DISTINCT / own),
            "licenseclassifier_texts_per_second": round(1000 / classifier),
            "scancode_texts_per_second": round(SLOW_SAMPLE / scancode, 1),
            "times_scancode": round(scancode / same),
        },
    }


def main() -> None:
    """Measure; print, and write where asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--only", help="one set; the others keep the figures of bench/licences.json")
    options = parser.parse_args()
    if not CORPORA.is_dir():
        sys.exit(f"skipped: no corpora at {CORPORA}; set PROVENDER_CORPORA")
    if options.only:
        before = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
        figures = measure_one(peers(options.peers), options.only, before)
    else:
        figures = measure(peers(options.peers))
    print(json.dumps(figures, indent=1))
    if options.write:
        options.write.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    accuracy_rows, speed = figures["accuracy"], figures["speed"]
    missed = [row["set"] for row in accuracy_rows if row["provender"] < TARGETS.get(row["set"], 0)]
    if missed or speed["seconds_one_core"] > 2 * SECONDS_TWO_CORES:
        sys.exit(f"below target: {', '.join(missed) or 'speed'}")


if __name__ == "__main__":
    main()
