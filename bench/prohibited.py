"""What the stage `prohibited` finds and what it wrongly takes, on public sets, beside three word-list peers.

    PROVENDER_CORPORA=FOLDER python bench/prohibited.py [--half test|dev] [--write]

Limits are looked at on the half `dev` (even SHA-256 of the text) and published from the other. `--write` puts the
figures into bench/prohibited.json, from which `make docs` makes docs/generated/prohibited.md. A peer is told the same
texts in the same run: the bad-words rule of C4 as datatrove has it (LDNOOBW lists), better-profanity in an environment
of its own, and a substring search for the words of a sensitive-word lexicon.
"""

import argparse
import csv
import datetime as dt
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from ahocorasick_rs import AhoCorasick

from pipeline.kernels.lexicon import Lexicon
from pipeline.readers import rows
from pipeline.rules import prohibited as rules
from pipeline.stages import prohibited

CORPORA = Path(os.environ.get("PROVENDER_CORPORA", "../shared/corpora"))
FIGURES = Path(__file__).with_name("prohibited.json")
COLD = {"race": "A.2.a", "gender": "A.2.e", "region": "A.2.d"}
HATECHECK = {
    "women": "A.2.e", "trans people": "A.2.e", "gay people": "A.2.e", "black people": "A.2.a",
    "disabled people": "A.2.h", "Muslims": "A.2.b", "immigrants": "A.2.c",
}  # fmt: skip
HAN = re.compile("[\u4e00-\u9fff]")
ABLATION = "provender without cues and quotations"
NO_QUOTES = str.maketrans("", "", '“”「」"')
SPEED_BYTES = 8_000_000
PEER_SAMPLE = 32  # of 256: peers see that part of the bench corpus, by hash
SLOW_BYTES = 40_000  # better-profanity takes ten seconds for these

Flag = Callable[[Sequence[str]], list[bool]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A text, where it is from, and whether the stage should act on it."""

    name: str  # set, and class or kind within it
    is_bad: bool
    lang: str
    text: str


def cases() -> Iterator[Case]:
    """Every labelled text of the public sets, and the bench corpus, of which nothing is known to be prohibited."""
    yield from _cold()
    yield from _hatecheck()
    yield from _jade()
    for row in _jsonl("safety-zh/cvalues_prompts.jsonl"):
        yield Case(name="CValues question", is_bad=False, lang="zh", text=row["prompt"])
    yield from _bias()
    for path in sorted((CORPORA / "bench").glob("*.zst")):
        for batch in rows.read(str(path)):
            for text, lang in zip(batch["text"].to_pylist(), batch["lang"].to_pylist(), strict=True):
                yield Case(name=f"bench corpus, {lang}", is_bad=False, lang=lang, text=text)


def _cold() -> Iterator[Case]:
    for row in _jsonl("safety-zh/cold_train_dev.jsonl.gz"):
        is_bad = bool(row["label"])
        name = f"COLD offensive, {COLD[row['topic']]}" if is_bad else "COLD not offensive"
        yield Case(name=name, is_bad=is_bad, lang="zh", text=row["TEXT"])


def _hatecheck() -> Iterator[Case]:
    for row in _csv("safety-en/hatecheck_test_suite_cases.csv.gz"):
        is_bad = row["label_gold"] == "hateful"
        kind = HATECHECK.get(row["target_ident"], "other") if is_bad else _kind(row["functionality"])
        name = f"HateCheck {'hateful' if is_bad else 'not hateful'}, {kind}"
        yield Case(name=name, is_bad=is_bad, lang="en", text=row["test_case"])


def _jade() -> Iterator[Case]:
    for level in ("easy", "medium"):
        for row in _csv(f"safety-zh/jade_benchmark_{level}_zh.csv.gz"):
            yield Case(name=f"JADE question, {row['违规类型'].strip()}", is_bad=True, lang="zh", text=row["问题"])
    for level in ("medium", "hard"):
        for row in _csv(f"safety-zh/jade_alignment_{level}_zh.csv.gz"):
            _, _, harmful, refusal = row.values()
            yield Case(name="JADE harmful answer", is_bad=True, lang="zh", text=harmful or "")
            yield Case(name="JADE refusal", is_bad=False, lang="zh", text=refusal or "")


def _kind(functionality: str) -> str:
    return {"counter_quote_nh": "counter-speech", "counter_ref_nh": "counter-speech"}.get(functionality, "other")


def _bias() -> Iterator[Case]:
    for row in _jsonl("bias/bold_prompts.jsonl.gz"):
        for people in row["groups"].values():
            for prompts in people.values() if isinstance(people, dict) else [people]:
                yield from (Case(name="BOLD", is_bad=False, lang="en", text=text) for text in prompts)
    axes = json.loads((CORPORA / "public/bias/holisticbias_v1.1_descriptors.json").read_bytes())
    words = (d for groups in axes.values() for listed in groups.values() for d in listed)
    for word in words:
        term = word["descriptor"] if isinstance(word, dict) else word
        for frame in ("I'm friends with {}.", "My neighbours are {}.", "What is it like to be {}?"):
            yield Case(name="HolisticBias", is_bad=False, lang="en", text=frame.format(term))


def _bytes(name: str) -> bytes:
    content = (CORPORA / "public" / name).read_bytes()
    return gzip.decompress(content) if name.endswith(".gz") else content


def _jsonl(name: str) -> Iterator[dict]:
    yield from map(json.loads, _bytes(name).decode().splitlines())


def _csv(name: str) -> Iterator[dict[str, str]]:
    content = _bytes(name)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    yield from csv.DictReader(io.StringIO(text))


def half(text: str) -> str:
    """`dev` or `test`, by the text alone."""
    return "test" if _digest(text)[0] & 1 else "dev"


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def own(lexicon: Lexicon) -> Flag:
    """Whether a class rule acts on each text."""
    stage_rules = rules.rules()

    def flag(texts: Sequence[str]) -> list[bool]:
        documents = pa.table({"doc_id": pa.array(range(len(texts)), pa.int64()), "text": pa.array(texts, pa.string())})
        decided = prohibited.decide(prohibited.measure(documents, lexicon), stage_rules, source_share_ppm=0)
        return [outcome != "keep" for outcome in decided.column("outcome").to_pylist()]

    return flag


def c4_badwords() -> Flag:
    """C4's rule as datatrove's `C4BadWordsFilter` compiles it; every hit counts (its default keeps one in ten)."""
    english, chinese = (_bytes(f"safety-{x}/ldnoobw_{x}.txt").decode().split("\n") for x in ("en", "zh"))
    escaped = ["|".join(re.escape(word.lower()) for word in words if word) for words in (english, chinese)]
    by_border, anywhere = re.compile(rf"(?:\W|^)({escaped[0]})(?:\W|$)"), re.compile(escaped[1])

    def flag(texts: Sequence[str]) -> list[bool]:
        return [bool((anywhere if HAN.search(text) else by_border).search(text.lower())) for text in texts]

    return flag


def naive_substrings() -> Flag:
    """Any word of the sensitive-word lexicon, anywhere."""
    lists = json.loads(_bytes("safety-zh/sensitive_lexicon.json.gz"))
    words = sorted({word.strip() for listed in lists.values() for word in listed if len(word.strip()) > 1})
    automaton = AhoCorasick(words)
    return lambda texts: [bool(automaton.find_matches_as_indexes(text)) for text in texts]


def better_profanity(texts: Sequence[str]) -> tuple[list[bool], float]:
    """Its verdicts and its own seconds, from an environment of its own."""
    code = (
        "import json,sys,time; from better_profanity import profanity as p; t=json.load(sys.stdin); "
        "p.contains_profanity('x'); s=time.perf_counter(); r=[bool(p.contains_profanity(x)) for x in t]; "
        "print(json.dumps([r,time.perf_counter()-s]))"
    )
    uv = shutil.which("uv") or str(Path(__file__).parents[1] / ".tools/bin/uv")
    command = [uv, "run", "--no-project", "--isolated", "--with", "better-profanity==0.7.0", "python", "-c", code]
    done = subprocess.run(command, input=json.dumps(list(texts)), capture_output=True, text=True, check=True)
    flags, seconds = json.loads(done.stdout)
    return flags, seconds


def flagged(flag: Flag, chosen: Sequence[Case]) -> dict[str, list[int]]:
    """Per name: [documents acted on, documents]."""
    found: dict[str, list[int]] = {}
    for case, acts in zip(chosen, flag([case.text for case in chosen]), strict=True):
        count = found.setdefault(case.name, [0, 0])
        count[0] += acts
        count[1] += 1
    return found


def speed(flag: Flag, texts: Sequence[str]) -> float:
    """MB of UTF-8 a second of processor time, one core."""
    start = time.process_time()
    flag(texts)
    return sum(len(text.encode()) for text in texts) / 1e6 / (time.process_time() - start)


def sample(chosen: Sequence[Case], name: str, size: int) -> list[str]:
    """The first texts of that name, up to `size` bytes."""
    texts, taken = [], 0
    for case in chosen:
        if case.name == name and taken < size:
            texts.append(case.text)
            taken += len(case.text.encode())
    return texts


def main() -> None:
    """Measure, print one JSON object, and keep it when asked to."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--half", choices=("dev", "test"), default="test")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if not (CORPORA / "public").is_dir():
        sys.exit("no corpora: set PROVENDER_CORPORA")
    chosen = [case for case in cases() if half(case.text) == options.half]
    lexicon = rules.lexicon()
    flags: dict[str, Flag] = {
        "provender": own(lexicon),
        "C4 bad words": c4_badwords(),
        "substrings of a lexicon": naive_substrings(),
    }
    speeds = {
        lang: {n: round(speed(f, sample(chosen, f"bench corpus, {lang}", SPEED_BYTES)), 1) for n, f in flags.items()}
        for lang in ("en", "zh")
    }
    bare = own(Lexicon(lexicon.terms))
    flags[ABLATION] = lambda texts: bare([text.translate(NO_QUOTES) for text in texts])
    sampled = [case for case in chosen if not case.name.startswith("bench") or _digest(case.text)[1] < PEER_SAMPLE]
    counts = {name: flagged(flag, chosen if name == "provender" else sampled) for name, flag in flags.items()}
    _add_better_profanity(chosen, counts, speeds)
    figures = {
        "measured": dt.datetime.now(dt.UTC).date().isoformat(),
        "half": options.half,
        "rules": {"prohibited": rules.rules_sha256("prohibited"), **rules.detector()},
        "mb_per_s": speeds,
        "bad": sorted({case.name for case in chosen if case.is_bad}),
        "acted": counts,
    }
    content = json.dumps(figures, ensure_ascii=False, indent=1)
    print(content)
    if options.write:
        FIGURES.write_text(content + "\n", encoding="utf-8")


def _add_better_profanity(
    chosen: Sequence[Case], counts: dict[str, dict[str, list[int]]], speeds: dict[str, dict[str, float]]
) -> None:
    english = [case for case in chosen if case.lang == "en" and not case.name.startswith("bench")]
    verdicts, _ = better_profanity([case.text for case in english])
    counts["better-profanity"] = flagged(lambda _: verdicts, english)
    clean = sample(chosen, "bench corpus, en", SLOW_BYTES)
    verdicts, seconds = better_profanity(clean)
    counts["better-profanity"]["bench corpus, en"] = [sum(verdicts), len(verdicts)]
    size = sum(len(text.encode()) for text in clean) / 1e6
    speeds["en"]["better-profanity"] = round(size / seconds, 3)


if __name__ == "__main__":
    main()
