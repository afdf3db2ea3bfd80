"""The stage `quality` beside datatrove 0.10: same answers, speed, and what the default rules keep and drop.

    PROVENDER_CORPORA=FOLDER python bench/quality.py [--half test|dev] [--write]

datatrove runs in an environment of its own (bench/.peers-quality, made by uv, outside the lock), on the documents of
each source with the lowest SHA-256: its Gopher quality, Gopher repetition, C4 and FineWeb filters one after the other,
each on the whole text. We compute all statistics of the same documents. Both are processor time of one process. Limits
are looked at on the half `dev` (even SHA-256 of the text); keep and drop rates are those of the other. `--write` puts
the figures into bench/quality.json, of which `make docs` makes docs/generated/quality.md.
"""

import argparse
import datetime as dt
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import quality_junk

from pipeline.readers import rows
from pipeline.rules import quality as quality_rules
from pipeline.stages import quality

CORPORA = Path(os.environ.get("PROVENDER_CORPORA", "../shared/corpora"))
HERE = Path(__file__).parent
FIGURES = HERE / "quality.json"
PEERS = HERE / ".peers-quality"
PACKAGES = ("datatrove==0.10.0", "spacy==3.8.18", "jieba==0.42.1", "nltk", "trafilatura<1.12", "fasteners", "ftfy",
            "lxml_html_clean", "regex", "tokenizers")  # fmt: skip
EACH, LONGEST = 6, 30_000
"""Documents of each source that the peer sees, and the longest of them in code points."""
SECONDS = 2.0
BATCH_MEGABYTES = 16
"""As the stage reads them: our documents stand as often in one batch as fit."""
GOLDEN, GOLDEN_CHARS = 60, 1200
HAN = re.compile("[\u4e00-\u9fff]")
FAMILIES = {
    "gopher_q": "gopher_q@datatrove-0.10/alnum-han-1",
    "gopher_rep": "gopher_rep@datatrove-0.10/alnum-han-1",
    "c4": "c4@datatrove-0.10/alnum-han-1",
    "c4-open": "c4-open@datatrove-0.10/alnum-han-1",
    "fineweb": "fineweb@datatrove-0.10/alnum-han-1",
    "fineweb2": "fineweb2@cmn_Hani/alnum-han-1",
}
PUBLISHED = {"gopher_q@paper/ws": "Gopher (paper)", "fineweb@paper/alnum-han-1": "FineWeb (paper)"} | {
    family: f"datatrove {name}" for name, family in FAMILIES.items()
}
KINDS = {
    "statutes": ("LawRefBook", "zh_law"),
    "encyclopaedia and wiki": ("OI-wiki", "d2l-zh", "foldoc"),
    "news and essays": ("LCTT", "18f", "article-extraction"),
    "poems, sayings, classics": ("poetry", "fortunes", "Classical-Modern"),
}
SHOWN = """n_chars digits_ppm dup_line_chars_ppm dup_10gram_ppm menu_lines_ppm terminal_lines_ppm ended_lines_ppm
short30_lines_ppm separator_tokens_ppm letters_ppm han_ppm mean_word_milli url_ppm top_word_ppm
repeated_10gram_ppm traditional_ppm top_ideograph_ppm repeated_13chars_ppm frequent_10chars_ppm""".split()
BINS = 25
PROBES = {
    "empty": "",
    "white space only": " \n ",
    "zero-width characters only": "\u200b\u200d" * 60,
    "a share that is its limit and less than a millionth": "\n".join(["a"] * 30_002 + [str(i) for i in range(70_001)]),
    "n-grams that are equal once joined": " ".join(f"ab c k{i} l{i} m{i} a bc k{i} l{i} m{i}" for i in range(30)),
    "the words IS_ALPHA": "The flag IS_ALPHA has the value that the tokenizer gives to words of letters. " * 8,
    "one word of 1,001 characters": ("x" * 1001 + " and the rest of the line is fine. ") * 2,
}


class Document(NamedTuple):
    """A document of the bench corpus."""

    source: str
    lang: str
    text: str


def digest(text: str) -> bytes:
    """SHA-256 of the text."""
    return hashlib.sha256(text.encode()).digest()


def half(text: str) -> str:
    """`dev` or `test`, by the text alone."""
    return "test" if digest(text)[0] & 1 else "dev"


def documents() -> Iterator[Document]:
    """The bench corpus in English and Chinese: edited texts, none of which is known to be junk."""
    for path in sorted((CORPORA / "bench").glob("*.zst")):
        with pa.input_stream(str(path), compression="zstd") as stream:
            for row in map(json.loads, stream.read().splitlines()):
                if row["lang"] in ("en", "zh"):
                    yield Document(":".join(row["source"].split(":")[:2]), row["lang"], row["text"])


def kind_of(source: str) -> str:
    """What sort of text a source holds."""
    return next((kind for kind, names in KINDS.items() if any(n in source for n in names)), "manuals, documentation")


def sample(found: Sequence[Document]) -> list[Document]:
    """The documents of each source with the lowest SHA-256."""
    by_source: dict[tuple[str, str], list[Document]] = {}
    for one in found:
        if len(one.text) <= LONGEST:
            by_source.setdefault((one.lang, one.source), []).append(one)
    return [d for _, own in sorted(by_source.items()) for d in sorted(own, key=lambda d: digest(d.text))[:EACH]]


def environment() -> Path:
    """The interpreter of the peer's environment, made when it is not there."""
    python = PEERS / "bin" / "python"
    uv = shutil.which("uv") or str(HERE.parent / ".tools/bin/uv")
    if not python.is_file():
        subprocess.run([uv, "venv", "-q", "--python", sys.executable, str(PEERS)], check=True)
        subprocess.run([uv, "pip", "install", "-q", "--python", str(python), *PACKAGES], check=True)
    return python


def peer(chosen: Sequence[Document]) -> dict[str, Any]:
    """What datatrove answers: bench/quality_peer.py."""
    lines = (json.dumps({"id": str(i), "lang": d.lang, "text": d.text}) + "\n" for i, d in enumerate(chosen))
    command = [str(environment()), str(HERE / "quality_peer.py")]
    done = subprocess.run(command, input="".join(lines), capture_output=True, text=True, check=True)
    answered: dict[str, Any] = json.loads(done.stdout)
    return answered


def table(chosen: Sequence[Any]) -> pa.Table:
    """`doc_id`, `lang`, `text`."""
    ids = pa.array(range(len(chosen)), pa.int64())
    langs, texts = (
        pa.array([d.lang for d in chosen], pa.string()),
        pa.array([d.text for d in chosen], pa.large_string()),
    )
    return pa.table({"doc_id": ids, "lang": langs, "text": texts})


def speed(chosen: Sequence[Document], answered: dict[str, Any]) -> dict[str, dict[str, float]]:
    """MB of UTF-8 a second of one core, ours and the peer's, on the same documents."""
    phrases = quality_rules.phrases()
    found = {}
    for lang in ("en", "zh"):
        own = [d for d in chosen if d.lang == lang]
        size = sum(len(d.text.encode()) for d in own) / 1e6
        again = max(1, round(BATCH_MEGABYTES / size))
        read = table(own * again)
        quality.measure(read, phrases)
        start, times = time.process_time(), 0
        while (spent := time.process_time() - start) < SECONDS:
            quality.measure(read, phrases)
            times += again
        ours, theirs = size * times / spent, size / sum(answered["seconds"][lang].values())
        piped = size / answered["piped_seconds"][lang]
        found[lang] = {
            "megabytes": round(size, 2), "documents": len(own), "provender": round(ours, 1),
            "datatrove": round(theirs, 3), "ratio": round(ours / theirs), "datatrove_stopping_early": round(piped, 3),
            "ratio_stopping_early": round(ours / piped),
        }  # fmt: skip
    return found


def equality(chosen: Sequence[Document], answered: dict[str, Any]) -> list[dict[str, Any]]:
    """Per filter: documents, and for how many outcome and reason are those of datatrove, by each tokenizer."""
    given = pa.array([answered["spans"][str(i)] for i in range(len(chosen))], pa.list_(pa.int32()))
    measured = {
        "its tokens": quality.measure(table(chosen), quality_rules.phrases(), words=given),
        "our tokens": quality.measure(table(chosen), quality_rules.phrases()),
    }
    rules = quality_rules.rules()
    lines = []
    for name, family in FAMILIES.items():
        line: dict[str, Any] = {"filter": name}
        for which, measures in measured.items():
            got = quality.first_failures(measures, rules, family).to_pylist()
            pairs = [(answered["reasons"][str(i)], mine) for i, mine in enumerate(got)]
            pairs = [(reasons[name], mine) for reasons, mine in pairs if name in reasons]
            line["documents"] = len(pairs)
            line[which] = {
                "same_outcome": sum((theirs is None) == (mine is None) for theirs, mine in pairs),
                "same_reason": sum(theirs == mine for theirs, mine in pairs),
            }
        lines.append(line)
    return lines


def golden() -> list[dict[str, Any]]:
    """Tokens and answers of datatrove on beginnings of the example corpora, which are this project's own text."""
    data = HERE.parent / "examples" / "data"
    files = [
        path for name in ("statutes-*/*.txt", "junk/*.jsonl", "support-chats/*", "forum/*") for path in data.glob(name)
    ]
    texts = [text for path in sorted(files) for text in _texts(path)]
    chosen = [
        Document("", "zh" if HAN.search(text) else "en", text) for text in sorted(set(texts), key=digest)[:GOLDEN]
    ]
    answered = peer(chosen)
    return [
        {**d._asdict(), "spans": answered["spans"][str(i)], "reasons": answered["reasons"][str(i)]}
        for i, d in enumerate(chosen)
    ]


def _texts(path: Path) -> Iterator[str]:
    if path.suffix == ".txt":
        yield path.read_text(encoding="utf-8")[:GOLDEN_CHARS]
        return
    for batch in rows.read(str(path)):
        yield from (text[:GOLDEN_CHARS] for text in batch.column("text").to_pylist())


def quirks() -> list[dict[str, str]]:
    """What each filter and we answer to the probes, where that differs, with its tokens."""
    probes = [Document(name, "en", text) for name, text in PROBES.items()]
    answered = peer(probes)
    given = pa.array([answered["spans"][str(i)] for i in range(len(probes))], pa.list_(pa.int32()))
    measures = quality.measure(table(probes), quality_rules.phrases(), words=given)
    found = []
    for name, family in FAMILIES.items():
        for i, mine in enumerate(quality.first_failures(measures, quality_rules.rules(), family).to_pylist()):
            theirs = answered["reasons"][str(i)].get(name)
            if name in answered["reasons"][str(i)] and theirs != mine:
                row = {"probe": probes[i].source, "filter": name}
                found.append({**row, "datatrove": theirs or "keep", "provender": mine or "keep"})
    return found


def kept(measures: pa.Table) -> dict[str, np.ndarray]:
    """By rule set: which documents it keeps."""
    rules = quality_rules.rules()
    own = quality.decide(measures, rules).column("outcome").to_numpy(zero_copy_only=False) == "keep"
    return {"default": own} | {
        name: quality.first_failures(measures, rules, family).is_null().to_numpy(zero_copy_only=False)
        for family, name in PUBLISHED.items()
    }


def rates(labels: Sequence[tuple[str, ...]], measures: pa.Table) -> list[dict[str, Any]]:
    """Documents, and how many each rule set keeps, by label."""
    by_set, found = kept(measures), []
    for label in sorted(set(labels)):
        mask = np.array([one == label for one in labels])
        counts = {name: int(keeps[mask].sum()) for name, keeps in by_set.items()}
        found.append({"label": list(label), "documents": int(mask.sum()), "kept": counts})
    return found


def rules_that_object(labels: Sequence[str], measures: pa.Table) -> list[dict[str, Any]]:
    """By rule of the default set: how many documents of each label it objects to, whatever decided."""
    own = [rule for rule in quality_rules.rules() if not rule.shadow]
    objected = quality.objections(measures, own)
    names = np.array(labels)[objected.column("doc_id").to_numpy()] if len(objected) else np.array([])
    set_names = sorted(set(labels))
    rule_ids = np.array(objected.column("rule_id").to_pylist())
    return [
        {"rule": rule.id, "objects": {one: int(((rule_ids == rule.id) & (names == one)).sum()) for one in set_names}}
        for rule in own
        if rule.measure is not None
    ]


def distributions(sets: dict[str, pa.Table]) -> dict[str, dict[str, Any]]:
    """Per statistic: the limits of its bins, and the share of each set in each bin; percentiles by set."""
    found: dict[str, dict[str, Any]] = {}
    for name in SHOWN:
        measured = {label: measures.column(name).drop_null() for label, measures in sets.items()}
        values = {label: column.to_numpy() for label, column in measured.items() if len(column)}
        top = 1_000_000 if name.endswith("_ppm") else int(max(np.percentile(v, 95) for v in values.values()))
        edges = np.linspace(0, top, BINS + 1)
        found[name] = {
            "top": top,
            "shares_ppm": {label: _shares(np.minimum(v, top), edges) for label, v in values.items()},
            "percentiles": {k: [int(x) for x in np.percentile(v, (1, 5, 50, 95, 99))] for k, v in values.items()},
        }
    return found


def _shares(values: np.ndarray, edges: np.ndarray) -> list[int]:
    counts = np.histogram(values, edges)[0] * 1_000_000 // len(values)
    return [int(one) for one in counts]


def figures(which: str) -> dict[str, Any]:
    """Everything that is measured."""
    found = list(documents())
    chosen = sample(found)
    answered = peer(chosen)
    edited = [d for d in found if half(d.text) == which]
    cut_from = {lang: [d.text for d in chosen if d.lang == lang and half(d.text) == which] for lang in ("en", "zh")}
    junk = [j for j in quality_junk.everything(CORPORA / "public", cut_from) if half(j.text) == which]
    phrases = quality_rules.phrases()
    good, bad = quality.measure(table(edited), phrases), quality.measure(table(junk), phrases)
    good_labels, bad_labels = [f"edited {d.lang}" for d in edited], [f"junk {j.lang}" for j in junk]
    sets = {
        label: measures.filter(pa.array([one == label for one in labels]))
        for labels, measures in ((good_labels, good), (bad_labels, bad))
        for label in sorted(set(labels))
    }
    return {
        "measured": dt.datetime.now(dt.UTC).date().isoformat(),
        "half": which,
        "rules": quality_rules.fingerprint(),
        "documents_each": EACH,
        "statistics": len(good.column_names) - 2,
        "speed": speed(chosen, answered),
        "equality": equality(chosen, answered),
        "quirks": quirks(),
        "edited": rates([(d.lang, kind_of(d.source)) for d in edited], good),
        "junk": rates([(j.lang, j.kind, "real" if j.is_real else "made") for j in junk], bad),
        "objections": rules_that_object([*good_labels, *bad_labels], _numbered(pa.concat_tables([good, bad]))),
        "distributions": distributions(sets),
    }


def _numbered(measures: pa.Table) -> pa.Table:
    return measures.set_column(0, "doc_id", pa.array(range(measures.num_rows), pa.int64()))


def main() -> None:
    """Measure, print one JSON object, and keep it when asked to."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--half", choices=("dev", "test"), default="test")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--golden", type=Path, help="only write datatrove's answers on the examples to this file")
    options = parser.parse_args()
    if options.golden:
        options.golden.write_text(json.dumps(golden(), ensure_ascii=False), encoding="utf-8")
        return
    if not (CORPORA / "bench").is_dir():
        sys.exit("no corpora: set PROVENDER_CORPORA")
    content = json.dumps(figures(options.half), ensure_ascii=False, indent=1)
    print(content)
    if options.write:
        FIGURES.write_text(content + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
