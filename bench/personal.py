"""How fast personal information is found, beside Presidio used as it comes and beside other tools, in one run.

    PROVENDER_CORPORA=FOLDER python bench/personal.py [--documents N] [--peers] [--write]

Every figure is MB of UTF-8 per second of processor time of one core; the ratio is to the other way over the same
documents in the same run. Caches are warmed on other documents than are measured. `--peers` runs datafog and scrubadub
in environments of their own, the patterns of Data-Juicer and datatrove as their authors wrote them and rules like
DataMate's, all on the same texts. Names, whole analyses and workers are measured by bench/personal_names.py. `--write`
puts the figures into bench/personal_speed.json, which docs/generated/personal.md shows.
"""

import argparse
import gc
import io
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.kernels.disguises import revealed
from pipeline.models import catalogue, personal
from pipeline.models.accelerated import accelerated
from pipeline.models.scan import shadow, together, written_in
from pipeline.models.verifying import verify

CORPORA = Path(os.environ.get("PROVENDER_CORPORA", "../shared/corpora"))
STOCK = (
    "CreditCard UsBank UsLicense UsItin UsPassport UsSsn Nhs Crypto Date Iban Ip MedicalLicense MacAddress Uuid Url "
    "Phone"
)
DATA_JUICER = r"[A-Za-z0-9.\-+_]+@[a-z0-9.\-+_]+\.[a-z]+"
"""clean_email_mapper of Data-Juicer."""
MAIL = (
    r"\b[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:(?:[A-Za-z0-9](?:[A-Za-z0-9-]*"
    r"[A-Za-z0-9])?\.)+[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?|\[(?:(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)\.){3}"
    r"(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?|[A-Za-z0-9-]*[A-Za-z0-9]:)])"
)
DATATROVE = (MAIL, r"(?:(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)\.){3}(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)")
"""PIIFormatter of datatrove: mail and IP; the second look for public addresses is left out, to its advantage."""
DATAMATE = (
    r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)",
    r"(?<!\d)\(?0\d{2,3}\)?[- ]?\d{7,8}(?!\d)",
    r"(?<!\d)[1-9]\d{5}(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![\dXx])",
    r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
    r"(?i:ip)\D{0,4}(?:\d{1,3}\.){3}\d{1,3}(?!\d)",
)
"""Rules of the kind of DataMate's cleaners, written here: mobile, landline, identity number, mail, address after IP."""
PATTERNS = {"Data-Juicer, mail": (DATA_JUICER,), "datatrove, mail and IP": DATATROVE, "rules like DataMate's": DATAMATE}
PEERS = {
    "datafog==4.9.0": "from datafog.processing.text_processing.regex_annotator import RegexAnnotator\n"
    "a = RegexAnnotator()\nfind = lambda t: sum(map(len, a.annotate(t).values()))\n",
    "scrubadub==2.0.1": "import scrubadub\ns = scrubadub.Scrubber()\nfind = lambda t: len(list(s.iter_filth(t)))\n",
}
LOOP = (
    "import json, sys, time\ntexts = json.load(sys.stdin)\n[find(t) for t in texts[:20]]\nt = time.process_time()\n"
    "n = sum(map(find, texts))\nprint(json.dumps([time.process_time() - t, n]))\n"
)

SHORT_CHARS = 4000

Row = dict[str, Any]
Find = Callable[[str], list[Any]]


def documents(n: int) -> Iterator[str]:
    """Every tenth document of the bench shards, `n` in all."""
    each = max(1, n // 10)
    for number in range(10):
        path = CORPORA / "bench" / f"bench-{number:02}.jsonl.zst"
        with io.TextIOWrapper(pa.CompressedInputStream(pa.OSFile(str(path)), "zstd"), encoding="utf-8") as lines:
            for position, line in enumerate(lines):
                if position % 10 == number and position < each * 10:
                    yield json.loads(line)["text"]


def megabytes(texts: Sequence[str]) -> float:
    """UTF-8."""
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) / 1e6


def timed(find: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of processor time, and the result. What lived before is not searched for garbage in the meantime."""
    gc.collect()
    gc.freeze()
    started = time.process_time()
    found = find()
    return time.process_time() - started, found


def tier(what: str, recognizers: Sequence[Any], texts: Sequence[str], view: Callable[[str], str] = str) -> Row:
    """Recognizers behind the prefilter and alone; the first half warms, the second is measured."""
    engine = accelerated(recognizers)
    seen = [view(text) for text in texts]
    half = len(seen) // 2
    engine.rows(seen[:half])

    def alone(text: str) -> list[list[Any]]:
        rows = [one.analyze(text, one.supported_entities) for one in recognizers]
        return [sorted((r.start, r.end, float(r.score)) for r in row) for row in rows]

    fast_s, got = timed(lambda: engine.rows([view(text) for text in texts[half:]]))
    alone_s, want = timed(lambda: [alone(text) for text in seen[half:]])
    pairs = [(sorted(a), b) for x, y in zip(got, want, strict=True) for a, b in zip(x, y, strict=True)]
    return {
        "what": what,
        "mb_s": megabytes(texts[half:]) / fast_s,
        "alone_mb_s": megabytes(texts[half:]) / alone_s,
        "ratio": alone_s / fast_s,
        "found": sum(len(b) for _, b in pairs),
        "differing": sum(len(set(a) ^ set(b)) for a, b in pairs),
    }


def stock() -> list[Any]:
    """The pattern recognizers that Presidio switches on for English, phones last; mail by the pinned suffixes."""
    from presidio_analyzer import predefined_recognizers as known

    from pipeline.models.recognizers.pinned import PinnedEmail

    return [PinnedEmail(), *(getattr(known, f"{name}Recognizer")() for name in STOCK.split())]


def ours() -> list[Any]:
    """Our default recognizers for Chinese documents, phones last."""
    every = [scan.recognizer for scan in (*catalogue.presidio(), *catalogue.chinese(in_chinese=True))]
    return sorted(every, key=lambda one: "PHONE_NUMBER" in one.supported_entities)


def policy(what: str, find: personal.Finder, texts: Sequence[str]) -> Row:
    """The default policy as the stage runs it, labels, secrets and the look at the redacted text included."""
    half, langs = len(texts) // 2, [written_in(text) for text in texts]
    find(texts[:half], langs[:half], "never")
    seconds, found = timed(lambda: find(texts[half:], langs[half:], "never"))
    return {"what": what, "mb_s": megabytes(texts[half:]) / seconds, "found": sum(map(len, found))}


def without_phone(find: personal.Finder) -> personal.Finder:
    """The finder without those who look for telephone numbers of all countries."""
    views = {
        name: together([scan for scan in scans.scans if "PHONE_NUMBER" not in scan.recognizer.supported_entities])
        for name in ("shadows", "chinese", "foreign", "every")
        for scans in [getattr(find.lookers, name)]
    }
    return replace(find, lookers=replace(find.lookers, **views))


def equality(texts: Sequence[str]) -> Row:
    """Identifiers of short texts that hold some, behind the prefilter and by the recognizers' own `analyze`."""
    find, short = personal.finder(), [text for text in texts if len(text) < SHORT_CHARS]
    found = find(short, [written_in(text) for text in short], "never")
    texts = [text for text, row in zip(short, found, strict=True) if row][:60]
    seen = verify(find, texts, [written_in(text) for text in texts])
    return {
        "what": f"default policy over {seen.n_documents} documents with findings: alone and behind the prefilter",
        "documents": seen.n_documents,
        "mb": megabytes(texts),
        "found": seen.n_findings,
        "differing": seen.n_differing,
        "refused": seen.n_unscanned,
    }


def peers(texts: Sequence[str], warm: Sequence[str]) -> Iterator[Row]:
    """Other tools over the same texts, each warmed on others; what they find is another set."""
    size, find = megabytes(texts), personal.finder()
    find(warm, [written_in(text) for text in warm], "never")
    langs = [written_in(text) for text in texts]
    own_s, found = timed(lambda: find(texts, langs, "never"))
    yield {"what": "Provender, default policy", "mb_s": size / own_s, "found": sum(map(len, found))}
    for name, patterns in PATTERNS.items():
        compiled = [re.compile(pattern) for pattern in patterns]
        seconds, n = timed(lambda many=compiled: sum(len(one.findall(text)) for text in texts for one in many))
        yield {"what": f"{name} (pattern)", "mb_s": size / seconds, "found": n}
    uv = shutil.which("uv") or str(Path(__file__).parents[1] / ".tools/bin/uv")
    for package, code in PEERS.items():
        command = [uv, "run", "--no-project", "--isolated", "--with", package, "python", "-c", code + LOOP]
        told = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=False)
        if told.returncode:
            print(f"{package} did not run: {told.stderr.splitlines()[-1:]}", file=sys.stderr)
            continue
        seconds, n = json.loads(told.stdout.splitlines()[-1])
        yield {"what": package, "mb_s": size / seconds, "found": n}


def main() -> None:
    """Measure and print; see the module."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--documents", type=int, default=600)
    options.add_argument("--peers", action="store_true")
    options.add_argument("--write", action="store_true")
    given = options.parse_args()
    texts = list(documents(given.documents))
    rows = []
    for row in measured(texts, with_peers=given.peers):
        rows.append(row)
        print("  ".join(f"{k}={v:.2f}" if isinstance(v, float) else f"{v}" for k, v in row.items()), flush=True)
    if given.write:
        path = Path(__file__).with_name("personal_speed.json")
        path.write_text(json.dumps({"documents": len(texts), "rows": rows}, indent=1) + "\n")


def measured(texts: Sequence[str], *, with_peers: bool) -> Iterator[Row]:
    """Every row, as it is measured."""
    yield tier("Presidio's default without phone", stock()[:-1], texts)
    yield tier("Presidio's default with phone", stock(), texts)
    silent = [one for one in ours() if "PHONE_NUMBER" not in one.supported_entities]
    yield tier("our default without phone", silent, texts, lambda text: shadow(revealed(text)[0]))
    yield tier("our default with phone", ours(), texts, lambda text: shadow(revealed(text)[0]))
    yield policy("default policy as a stage, without phone", without_phone(personal.finder()), texts)
    yield policy("default policy as a stage, with phone", personal.finder(), texts)
    yield equality(texts)
    yield from peers(texts[:120], texts[120:]) if with_peers else ()


if __name__ == "__main__":
    main()
