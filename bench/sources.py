"""robots.txt beside Protego, 10,000 sources beside jsonschema, and false alarms of the markings of secrecy.

    PROVENDER_CORPORA=FOLDER python bench/sources.py [--write bench/sources.json]

Protego is installed into bench/.peers-sources and judges the same URLs of the same files in the same run, on one core.
Both sides have read each file once before their clock starts: a cached site. jsonschema checks the same register files
against our published schema: names and types of fields, where we also read the evidence, list the files and decide
every source by the rules. Markings are looked for in every document
of the bench corpus, which holds none: what is found is a false alarm.
"""

import gzip
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from pipeline.kernels import markings, robots
from pipeline.readers import register
from pipeline.rules import sources as rules
from pipeline.stages import sources as stage

CORPORA = Path(os.environ.get("PROVENDER_CORPORA", "../shared/corpora"))
PEERS = Path(__file__).parent / ".peers-sources"
AGENT = "GPTBot"
FILES, URLS = 100, 1000  # so many files, and so many URLs of each
SOURCES = 10_000
PATTERNS = {"one_pattern": ("*.txt",), "own_patterns": ("{id}*.txt",), "own_and_shared": ("{id}.txt", "*")}
NOW_US = 1_790_000_000_000_000
PATTERN = re.compile(r"(?im)^\s*(?:dis)?allow\s*:\s*(\S+)")
PEER = """
import json, sys, time
from protego import Protego

asked = json.load(sys.stdin)
right = sum(Protego.parse(c["robotstxt"]).can_fetch(c["url"], c["agent"]) == c["allowed"] for c in asked["cases"])
parsed = [(Protego.parse(text), urls) for text, urls in asked["files"]]
start = time.perf_counter()
allowed = sum(rules.can_fetch(url, asked["agent"]) for rules, urls in parsed for url in urls)
print(json.dumps({"right": right, "seconds": time.perf_counter() - start, "allowed": allowed}))
"""
SCHEMA_PEER = """
import json, sys, time, tomllib
from pathlib import Path
from jsonschema import Draft202012Validator

folder, schema = Path(sys.argv[1]), json.load(sys.stdin)
start = time.perf_counter()
check = Draft202012Validator(schema)
plain = lambda one: json.loads(json.dumps(one, default=str))
wrong = sum(not check.is_valid(plain(tomllib.loads(path.read_text()))) for path in sorted(folder.glob("*.toml")))
print(json.dumps({"wrong": wrong, "seconds": time.perf_counter() - start}))
"""
SOURCE = """id = "{id}"
kind = "open-data"
name = "n"
data_type = "web"
provider = "p"
contact = "c@example.org"
jurisdiction = "CN"
storage_region = "CN"
languages = ["zh"]
collected_from = 2026-01-01
method = "files"
intended_use = ["pretrain"]
is_commercial = true
retention_days = 30
registrar = "li"
approver = "wang"
data_grade = "general"
[licence]
expression = "MIT"
text_file = "LICENSE"
[personal]
expected = "no"
basis = "not_pi"
minors = "no"
[files]
patterns = [{patterns}]
"""


def cases() -> list[dict[str, object]]:
    """The vectors of Google's parser."""
    path = CORPORA / "public" / "robots" / "google_rep_vectors.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def files() -> list[tuple[str, list[str]]]:
    """Real robots.txt files with rules, and URLs of which half follow a pattern of theirs."""
    path = CORPORA / "public" / "robots" / "protego_real_robots_10pct.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["robotstxt"] for line in lines]
    rng = random.Random("provender bench sources")  # noqa: S311  a sample, no secret
    chosen = rng.sample([text for text in texts if len(PATTERN.findall(text)) > 3], FILES)
    return [(text, [_url(rng, PATTERN.findall(text)) for _ in range(URLS)]) for text in chosen]


def _url(rng: random.Random, patterns: list[str]) -> str:
    words = [rng.choice("news shop blog about item search tag".split()) for _ in range(rng.randint(1, 3))]
    path = "/".join(words) + f"/{rng.randint(1, 9999)}?page={rng.randint(1, 9)}"
    start = rng.choice(patterns).replace("*", "x").replace("$", "") if rng.random() < 0.5 else "/"
    return f"https://a.example/{start.lstrip('/')}{path}"


def peer(code: str, asked: dict[str, object], *arguments: str) -> dict[str, float]:
    """What a peer answers, in an environment of its own."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", "protego", "jsonschema"], check=True)
    done = subprocess.run(
        [str(python), "-c", code, *arguments], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def ours(named: list[tuple[str, list[str]]]) -> tuple[float, int]:
    """Seconds for all URLs, and how many are allowed."""
    for text, _ in named:
        robots.allows(text, AGENT, "https://a.example/")
    start = time.perf_counter()
    allowed = sum(robots.allows(text, AGENT, url) for text, urls in named for url in urls)
    return time.perf_counter() - start, allowed


def registered(*patterns: str) -> tuple[float, float]:
    """Seconds to validate 10,000 sources whose files lie in one folder, and those of jsonschema."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "LICENSE").write_text("SPDX-License-Identifier: MIT")
        for n in range(SOURCES):
            one = f"s{n:05d}"
            (folder / f"{one}.txt").write_text("t")
            named = ", ".join(f'"{pattern.format(id=one)}"' for pattern in patterns)
            (folder / f"{one}.toml").write_text(SOURCE.format(id=one, patterns=named))
        start = time.perf_counter()
        found = register.read(folder)
        decided = stage.decide(found.sources, rules.rules(), now_us=NOW_US, use="pretrain")
        stage.notice(found.sources, decided, rules.notices(), now_us=NOW_US)
        seconds = time.perf_counter() - start
        assert not found.problems
        assert decided.column("outcome").to_pylist() == ["keep"] * SOURCES
        theirs = peer(SCHEMA_PEER, register.schema(), str(folder))
        assert theirs["wrong"] == 0
        return seconds, theirs["seconds"]


def beside(*patterns: str) -> dict[str, float]:
    """Our seconds, those of jsonschema, and how many times theirs are ours."""
    own, theirs = registered(*patterns)
    return {"seconds": round(own, 1), "jsonschema_seconds": round(theirs, 1), "ratio": round(theirs / own, 1)}


def texts() -> Iterator[str]:
    """Every text of the bench corpus."""
    for path in sorted((CORPORA / "bench").glob("*.zst")):
        content = pa.CompressedInputStream(pa.OSFile(str(path)), "zstd").read()
        yield from (json.loads(line)["text"] for line in content.split(b"\n") if line)


def false_alarms() -> dict[str, float]:
    """Documents of the bench corpus, those taken for marked, and the speed."""
    n = found = chars = 0
    seconds = 0.0
    for text in texts():
        start = time.perf_counter()
        found += bool(markings.find(text))
        seconds += time.perf_counter() - start
        n += 1
        chars += len(text)
    return {"documents": n, "taken_for_marked": found, "mchar_per_s": round(chars / 1e6 / max(seconds, 1e-9), 1)}


def main() -> None:
    """Measure and print one JSON object."""
    if not (CORPORA / "public" / "robots").is_dir():
        sys.exit("no corpora here: set PROVENDER_CORPORA")
    vectors, named = cases(), files()
    seconds, allowed = ours(named)
    theirs = peer(PEER, {"cases": vectors, "files": named, "agent": AGENT})
    right = sum(robots.allows(str(c["robotstxt"]), str(c["agent"]), str(c["url"])) == c["allowed"] for c in vectors)
    figures = {
        "vectors": len(vectors),
        "vectors_right": right,
        "protego_vectors_right": theirs["right"],
        "robots_urls_per_s": round(FILES * URLS / seconds),
        "protego_urls_per_s": round(FILES * URLS / theirs["seconds"]),
        "ratio": round(theirs["seconds"] / seconds, 1),
        "robots_urls_allowed": allowed,
        "protego_urls_allowed": theirs["allowed"],
        **{f"sources_10000_{name}": beside(*patterns) for name, patterns in PATTERNS.items()},
        "markings": false_alarms(),
    }
    print(json.dumps(figures, indent=1))
    if sys.argv[1:2] == ["--write"]:
        Path(sys.argv[2]).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
