"""Reads the demo ledger of `demo.txt` into a folder, and answers back into drawings."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.ledger import checkpoint, keys, log, notes, policy, views, witness
from pipeline.schemas import conform
from pipeline.schemas.ledger import KINDS

HERE = Path(__file__).parent
SOURCES = {1: "wiki", 2: "forum", 3: "law", 4: "wiki"}
BY_BATCH = ("decisions", "ip_risks")
_DOC = re.compile(r"\d+\.\d+")


def made(folder: Path) -> Path:
    """The demo ledger. Its notary has signed all but the last entry."""
    ledger = folder / "ledger"
    for number, (options, rows) in enumerate(sections((HERE / "demo.txt").read_text(encoding="utf-8"))):
        kind = options["kind"]
        for batch, part in _batches(rows) if kind in BY_BATCH else [(None, rows)]:
            name = f"{number}-{batch}"
            log.append(ledger, _entry(name, options, batch), conform(_columns(part, kind), KINDS[kind]))
    log.files.write(keys.trusted_path(ledger), b'{"keys":[]}')
    _sign(ledger, keys.generate(folder / "keys", "demo"))
    return ledger


def verifiable(folder: Path, *, witness_key: keys.Key | None = None) -> Path:
    """The rows of the demo ledger under a notary's real key, with a policy, two checkpoints and views: all of it holds.

    `witness_key` cosigns the newer checkpoint.
    """
    ledger, key = folder / "ledger", keys.generate(folder / "keys", "demo")
    keys.trust(ledger, key.vkey, role="notary", at_us=day("2026-01-01"), actor="chief")
    if witness_key is not None:
        text = f"witness w1 {witness.vkey(witness_key)}\nquorum w1\n"
        policy.adopt(ledger, text, at_us=day("2026-01-01"), actor="chief")
    checkpoint.sign(ledger, key, at_us=day("2026-01-01"))
    for number, (options, rows) in enumerate(sections((HERE / "demo.txt").read_text(encoding="utf-8"))):
        kind = options["kind"]
        for batch, part in _batches(rows) if kind in BY_BATCH else [(None, rows)]:
            if kind != "key_events":
                entry = _entry(f"{number}-{batch}", options, batch)
                log.append(ledger, entry, conform(_columns(part, kind), KINDS[kind]))
    signed = checkpoint.sign(ledger, key, at_us=day("2026-01-18"))
    if witness_key is not None:
        cosign(ledger, signed.size, witness_key)
    views.write(ledger)
    return ledger


def cosign(ledger: Path, size: int, key: keys.Key) -> None:
    """The witness's line under the checkpoint of that size."""
    text = checkpoint.kept_path(ledger, size).read_text(encoding="utf-8").partition("\n\n")[0] + "\n"
    place = checkpoint.cosigned_folder(ledger, size) / witness.vkey(key).split("+")[1]
    log.files.write(place, witness.cosign(key, text, at_s=1).encode())
    checkpoint.show(ledger)


def _sign(ledger: Path, key: keys.Key) -> None:
    leaves = [checkpoint.merkle.leaf(content) for content in log.raw(ledger)][:-1]
    said = checkpoint.Checkpoint(
        origin=key.name, size=len(leaves), root=checkpoint.merkle.root(leaves), signed_at_us=day("2026-01-18")
    )
    note = notes.note(key, checkpoint.text(said))
    log.files.put_if_absent(checkpoint.kept_path(ledger, said.size), note)


def index(folder: Path) -> Path:
    """An index of the tag aa..aa: an address and a phone number in document 1.0, a phone number in 3.0."""
    rows = {
        "subject_tag": [bytes.fromhex("aa" * 16)] * 4,
        "entity_type": ["EMAIL_ADDRESS", "PHONE", "PHONE", "PHONE"],
        "doc_id": [document(d) for d in ("1.0", "1.0", "1.0", "3.0")],
        "start": [0, 30, 60, 9],
        "end": [9, 41, 71, 20],
    }
    pq.write_table(pa.table(rows), folder / "index.parquet")
    return folder / "index.parquet"


def sections(text: str) -> Iterator[tuple[dict[str, str], list[dict[str, str]]]]:
    """Kind and options of every section, and its rows as drawn."""
    for section in re.split(r"^== ", text, flags=re.MULTILINE)[1:]:
        head, names, *lines = (line for line in section.splitlines() if line.strip())
        kind, *options = head.split()
        columns = [name.strip() for name in names.split("|")]
        rows = [dict(zip(columns, map(str.strip, line.split("|")), strict=True)) for line in lines]
        yield {"kind": kind, "at": "2026-01-01"} | dict(one.split("=", 1) for one in options), rows


def _batches(rows: Sequence[Mapping[str, str]]) -> list[tuple[int, list[Mapping[str, str]]]]:
    found: dict[int, list[Mapping[str, str]]] = {}
    for row in rows:
        found.setdefault(int(row["doc_id"].split(".")[0]), []).append(row)
    return list(found.items())


def _entry(name: str, options: Mapping[str, str], batch: int | None) -> log.Entry:
    return log.Entry(
        kind=options["kind"],
        key=name,
        at_us=day(options["at"]),
        actor=options.get("actor", "worker"),
        run=options.get("run", ""),
        stage=options.get("stage", ""),
        batch=batch,
        source_id=SOURCES[batch] if batch else "",
        code="c1",
        config="g1",
        models={"lexicon": options["lexicon"]} if "lexicon" in options else {},
    )


def _columns(rows: Sequence[Mapping[str, str]], kind: str) -> dict[str, object]:
    schema = KINDS[kind]
    found: dict[str, object] = {n: [_value(n, row[n], schema.field(n).type) for row in rows] for n in rows[0]}
    return found | ({"rule_version": [1] * len(rows)} if kind == "decisions" else {})


def _value(name: str, text: str, kind: pa.DataType) -> object:
    if not text:
        return None
    if name.endswith("_us"):
        return day(text)
    if pa.types.is_fixed_size_binary(kind):
        return bytes.fromhex(text) * 32
    if pa.types.is_boolean(kind):
        return text == "true"
    return document(text) if pa.types.is_integer(kind) else text


def document(text: str) -> int:
    """The number that `1.2` or `7` draws."""
    batch, dot, ordinal = text.partition(".")
    return (int(batch) << 32) + int(ordinal) if dot else int(text)


def day(text: str) -> int:
    """The microseconds of a day's beginning."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def answer(rows: pa.Table) -> str:
    """An answer as a drawing: documents as `1.2`, hashes by their first byte, days without their hours."""
    cells = [rows.column_names, *([_cell(v) for v in row.values()] for row in rows.to_pylist())]
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    return "".join(" | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() + "\n" for row in cells)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(map(str, value))
    if isinstance(value, int) and value >= 1 << 32:
        return f"{value >> 32}.{value & 0xFFFFFFFF}"
    text = value.hex() if isinstance(value, bytes) else str(value).removesuffix(" 00:00:00")
    is_drawn_hash = len(text) == 64 and len({text[i : i + 2] for i in range(0, 64, 2)}) == 1
    return text[:2].lower() if is_drawn_hash else text
