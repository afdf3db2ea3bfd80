import bisect
import gzip
import io
import ipaddress
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from warcio.archiveiterator import ArchiveIterator

from pipeline.models.personal import finder
from pipeline.readers import formats, register
from pipeline.readers.limits import Limits
from pipeline.rules import quality as quality_rules
from pipeline.rules.personal import by_entity, rules
from pipeline.stages import duplicates, quality

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PLANTED = json.loads((EXAMPLES / "planted.json").read_bytes())
WEIGHTS = [2**i % 11 for i in range(17, 0, -1)]
RECORDS = {  # good records by source
    "support-chats": 60,
    "forum": 60,
    "statutes-zh": 12,
    "statutes-en": 12,
    "news-contract": 28,
    "blog-cc-by": 24,
    "blog-cc-by-nc-nd": 10,
    "scrape-no-licence": 10,
    "noai-site": 10,
    "junk": 32,
    "prohibited-mix": 50,
    "prohibited-heavy": 12,
    "incomplete-registration": 4,
    "synthetic": 10,
    "mixed-library": 12,
    "reserving-site": 12,
}


@pytest.fixture(scope="module")
def read() -> register.Register:
    return register.read(EXAMPLES / "register")


@pytest.fixture(scope="module")
def records(read) -> dict[str, list[dict[str, object]]]:
    return {
        source: [
            row
            for file in files
            for batch in formats.read(file.path, formats.guess(file.path), Limits())
            for row in batch.to_pylist()
        ]
        for source, files in read.files.items()
    }


@pytest.fixture(scope="module")
def texts(records) -> dict[str, list[str]]:
    return {source: [str(r["text"]) for r in rows if not r["problem"]] for source, rows in records.items()}


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> dict[str, bytes]:
    return build(tmp_path_factory.mktemp("built"))


def build(folder: Path) -> dict[str, bytes]:
    subprocess.run([sys.executable, str(EXAMPLES / "build.py"), str(folder)], check=True)
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def content(name: str, stored: bytes) -> object:
    """What a file says, whatever compressor wrote it; files cut short are compared by their start."""
    if name.startswith("data/hostile/"):
        return None
    if name.endswith(".warc.gz"):
        return [(r.rec_headers.headers, r.content_stream().read()) for r in ArchiveIterator(io.BytesIO(stored))]
    if name.endswith(".gz"):
        return gzip.decompress(stored)
    if name.endswith(".zst"):
        return pa.CompressedInputStream(pa.BufferReader(stored), "zstd").read()
    return pq.read_table(io.BytesIO(stored)) if name.endswith(".parquet") else stored


def test_two_builds_are_the_same_bytes_and_say_what_is_committed(built, tmp_path) -> None:
    assert build(tmp_path) == built

    stored = {name: (EXAMPLES / name).read_bytes() for name in built if (EXAMPLES / name).is_file()}
    assert sorted(stored) == sorted(built)
    assert [name for name in built if content(name, built[name]) != content(name, stored[name])] == []
    assert sum(len(one) for one in built.values()) < 2_000_000


def test_no_file_is_committed_that_the_build_does_not_write(built) -> None:
    for folder in ("data", "register"):
        found = {p.relative_to(EXAMPLES).as_posix() for p in (EXAMPLES / folder).rglob("*") if p.is_file()}
        assert found - set(built) == set()


def test_every_source_has_its_number_of_good_records(texts) -> None:
    assert {source: len(found) for source, found in texts.items() if source != "hostile"} == RECORDS
    assert len(texts["hostile"]) >= 13  # the whole ones; the archive that is cut short may give a part of one


def test_only_the_incomplete_registration_has_problems(read) -> None:
    assert {p.file for p in read.problems} == {"incomplete-registration.toml"}
    assert "unregistered" not in read.files
    assert (EXAMPLES / "data" / "unregistered").is_dir()


def test_hostile_files_are_bad_records_of_eight_kinds_and_the_good_ones_are_read(records) -> None:
    problems = Counter(row["problem"] for row in records["hostile"] if row["problem"])

    assert {"truncated_archive", "lone_surrogate", "no_text", "text_not_string", "invalid_json"} <= set(problems)
    assert {"record_too_large", "not_parquet", "not_utf8"} <= set(problems)
    assert sum(problems.values()) >= 8
    assert {source for source, rows in records.items() if any(row["problem"] for row in rows)} == {"hostile"}


def test_both_languages_are_there_about_equally() -> None:
    planted = Counter(one["language"] for one in PLANTED)

    assert min(planted.values()) >= 80
    assert set(planted) == {"en", "zh"}


def test_prohibited_documents_are_under_and_over_five_percent_of_their_sources() -> None:
    shares = {}
    for source in ("prohibited-mix", "prohibited-heavy"):
        stored = (EXAMPLES / "data" / source / "posts.jsonl").read_bytes()
        rows = [json.loads(line) for line in stored.splitlines()]
        shares[source] = (sum("-bad-" in row["id"] for row in rows), len(rows))

    assert shares == {"prohibited-mix": (2, 50), "prohibited-heavy": (3, 12)}


def documents(texts: dict[str, list[str]], *but: str) -> tuple[list[str], pa.Table]:
    owners, found = zip(*((s, t) for s, held in texts.items() if s not in but for t in held), strict=True)
    langs = ["zh" if is_chinese(text) else "en" for text in found]
    return list(owners), pa.table({"doc_id": range(1, len(found) + 1), "text": found, "lang": langs})


def is_chinese(text: str) -> bool:
    return any("一" <= c <= "鿿" for c in text)


def test_only_planned_documents_resemble_each_other(texts) -> None:
    owners, table = documents(texts, "junk", "hostile")

    pairs = duplicates.pairs(table, 0.5).to_pylist()

    between = Counter(frozenset((owners[one["a"] - 1], owners[one["b"] - 1])) for one in pairs)
    planned = {"forum": 12, "statutes-en": 12, "statutes-zh": 12}
    assert between == {frozenset((source,)): n for source, n in planned.items()}


def test_quality_keeps_everything_that_is_not_junk(texts) -> None:
    _, table = documents(texts, "junk", "hostile")

    decided = quality.decide(quality.measure(table, quality_rules.phrases()), quality_rules.rules())

    assert set(decided.column("outcome").to_pylist()) == {"keep"}


def test_documents_are_long_enough_in_both_languages(texts) -> None:
    _, table = documents(texts, "junk", "hostile")
    rows = table.to_pylist()

    assert [row for row in rows if row["lang"] == "en" and len(row["text"].split()) < 60] == []
    assert [row for row in rows if row["lang"] == "zh" and len(row["text"]) < 150] == []
    assert 0.45 < sum(row["lang"] == "zh" for row in rows) / len(rows) < 0.55


def test_planted_values_stand_in_their_source_and_only_once_in_the_list(texts) -> None:
    assert [one for one in PLANTED if not any(one["value"] in text for text in texts[one["source"]])] == []
    assert len({(one["value"], one["source"]) for one in PLANTED}) == len(PLANTED)
    assert len(PLANTED) >= 80


def of(*kinds: str) -> list[str]:
    return [one["value"] for one in PLANTED if one["type"] in kinds]


def test_check_digits_are_right() -> None:
    ids, cards = of("CN_RESIDENT_ID"), of("CREDIT_CARD", "CN_BANK_CARD")

    assert len(ids) > 10
    for number in ids:
        total = sum(w * int(d) for w, d in zip(WEIGHTS, number[:17], strict=True))
        assert (total + (10 if number[17] == "X" else int(number[17]))) % 11 == 1
    assert {len(number) for number in cards} == {16, 19}
    for number in cards:
        odd, even = number[-1::-2], number[-2::-2]
        assert (sum(map(int, odd)) + sum(sum(map(int, str(2 * int(d)))) for d in even)) % 10 == 0


def test_addresses_are_public_and_mailboxes_are_at_example_domains() -> None:
    assert all(ipaddress.ip_address(one).is_global for one in of("IP_ADDRESS"))
    assert all(one.endswith(("example.com", "example.org", "example.net")) for one in of("EMAIL_ADDRESS"))


def test_every_planted_value_is_found_and_acted_on(texts) -> None:
    known, look, found = by_entity(rules()), finder(), {}
    for source in sorted({one["source"] for one in PLANTED}):
        held = texts[source]
        langs = ["zh" if is_chinese(text) else "en" for text in held]
        found[source] = [
            (text, [f for f in findings if known[f[2]].action == "redact" and f[3] >= known[f[2]].threshold_ppm])
            for text, findings in zip(held, look(held, langs, "always"), strict=True)
        ]

    missed = [one for one in PLANTED if any(not covered(one, *pair) for pair in found[one["source"]])]
    assert missed == []


def covered(one: dict[str, str], text: str, findings: list[tuple[int, int, str, int, str]]) -> bool:
    start = text.find(one["value"])
    if start < 0:
        return True
    at = bisect.bisect_right([f[0] for f in findings], start) - 1
    return at >= 0 and findings[at][1] >= start + len(one["value"]) and findings[at][2] == one["type"]
