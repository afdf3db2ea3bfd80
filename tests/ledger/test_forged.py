"""What workers, approvers and keepers of the storage may try by hand: both verifiers name it, in the same words."""

import base64
import json
import os
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import EvidenceBroken
from pipeline.ledger import canonical, checkpoint, keys, log, notes, policy, views
from pipeline.schemas import DECISIONS
from tests.ledger import ledgers
from tests.ledger.ledgers import both_break, both_hold, decided, made, notary, resigned


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return made(tmp_path)


def append(ledger: Path, content: dict[str, object] | str) -> None:
    """An entry written with a text editor."""
    number = log.size(ledger)
    prev = sha256(log.entry_path(ledger, number - 1).read_bytes()).hexdigest()
    text = content.replace("$prev", prev) if isinstance(content, str) else dumped(content | {"prev": prev})
    log.entry_path(ledger, number).write_text(text, encoding="utf-8")


def dumped(content: object) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def body(**changes: object) -> dict[str, object]:
    return {**log._body(log.Entry(kind="events", key="forged", at_us=3, actor="x")), **log._NO_SEGMENT, **changes}


def sealed(ledger: Path, **changes: object) -> dict[str, object]:
    """A segment in its place, and what its entry should say, changed."""
    one = log._sealed(*decided(7))
    for name, content in one.files:
        (ledger / name).write_bytes(content)
    return {**one.body, **changes}


def test_an_honest_entry_by_hand_is_like_any_other(ledger: Path) -> None:
    append(ledger, sealed(ledger))
    append(ledger, body())
    resigned(ledger)
    assert both_hold(ledger, vkey=notary(ledger).vkey).unsigned == 0


# --- Who may name a notary ---


def event(ledger: Path, details: dict[str, object]) -> None:
    """A key event by hand, and the list of keys that a naive reader would make of it."""
    append(ledger, body(kind="key_events", details=details))
    listed = json.loads(keys.trusted_path(ledger).read_bytes())["keys"]
    text = json.dumps({"keys": [*listed, details]}, indent=1, sort_keys=True, ensure_ascii=False)
    keys.trusted_path(ledger).write_text(f"{text}\n", encoding="utf-8")


def named(key: keys.Key, role: str, **more: object) -> dict[str, object]:
    return {"name": key.name, "vkey": key.vkey, "key_id": key.key_id, "role": role, "from_size": 0} | more


def test_a_worker_cannot_name_a_second_notary(ledger: Path, tmp_path: Path) -> None:
    thief = keys.generate(tmp_path / "thief", "thief")
    event(ledger, named(thief, "notary"))
    checkpoint_by(ledger, thief)
    both_break(ledger, "entry 3 has no right to change the keys", vkey=notary(ledger).vkey)


def checkpoint_by(ledger: Path, key: keys.Key) -> None:
    """The newest checkpoint is the thief's alone."""
    shutil.rmtree(ledger / "tlog")
    log._TAILS.clear()
    checkpoint.sign(ledger, key, at_us=9)


def test_an_approver_cannot_make_their_key_the_notarys(ledger: Path, tmp_path: Path) -> None:
    owner, heir = keys.generate(tmp_path / "o", "owner"), keys.generate(tmp_path / "h", "owner2")
    keys.trust(ledger, owner.vkey, role="data owner", at_us=3, actor="owner")
    size = log.size(ledger) + 1
    details = named(heir, "notary", from_size=size) | {"event": "rotate", "ends": owner.key_id, "to_size": size}
    signature = keys.base64.b64encode(keys.sign(owner, canonical.entry(details))).decode()
    event(ledger, details | {"signature": signature})
    both_break(ledger, "entry 4 has no right to change the keys")


@pytest.mark.parametrize(
    "spoil",
    [
        {"to_size": 9},
        {"is_revoked": True},
        {"key_id": "00000000"},
        {"name": "demo"},
        {"vkey": "none"},
        {"event": "praise"},
        {"event": []},
        {"from_size": True},
        {"from_size": "0"},
        {"role": None},
        {"role": []},
    ],
    ids=str,
)
def test_a_key_event_that_says_what_none_does_is_named(ledger: Path, tmp_path: Path, spoil: dict[str, object]) -> None:
    event(ledger, named(keys.generate(tmp_path / "o", "owner"), "data owner") | spoil)
    both_break(ledger, "entry 3 has no right to change the keys")


# --- Entries ---

_DEEP = "[" * 60_000 + "]" * 60_000
SPOILT: dict[str, Callable[[str], str]] = {
    "a name twice": lambda t: t.replace('"actor":"x"', '"actor":"y","actor":"x"'),
    "NaN": lambda t: t.replace('"details":{}', '"details":{"a":NaN}'),
    "a float": lambda t: t.replace('"details":{}', '"details":{"a":1.5}'),
    "a number nobody else can read": lambda t: t.replace('"details":{}', '"details":{"a":9007199254740993}'),
    "a control character": lambda t: t.replace('"actor":"x"', '"actor":"\\u001f"'),
    "nested too deep to read": lambda t: t.replace('"details":{}', f'"details":{{"a":{_DEEP}}}'),
    "true for a number": lambda t: t.replace('"rows":0', '"rows":true'),
    "a list for a text": lambda t: t.replace('"run":""', '"run":[]'),
    "a space": lambda t: t.replace('"actor":"x"', '"actor": "x"'),
    "a line at the end": lambda t: f"{t}\n",
    "a byte order mark": lambda t: f"\ufeff{t}",
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_an_entry_that_readers_could_read_differently_is_named(ledger: Path, spoil: Callable[[str], str]) -> None:
    text = dumped(body() | {"prev": "$prev"})
    assert spoil(text) != text
    append(ledger, spoil(text))
    both_break(ledger, "entry 3 is not the JSON that the log writes")


def test_a_key_of_idempotency_stands_once(ledger: Path) -> None:
    append(ledger, sealed(ledger, key="b0"))
    resigned(ledger)
    both_break(ledger, "entry 3 repeats the key of entry 1")


@pytest.mark.parametrize("where", ["../seg", "/elsewhere/seg", "seg/sources", "seg/decisions/../decisions"])
def test_a_segment_lies_under_its_kind_and_hash(ledger: Path, where: str) -> None:
    good = sealed(ledger)
    append(ledger, good | {"path": str(good["path"]).replace("seg/decisions", where)})
    resigned(ledger)
    both_break(ledger, "entry 3 names a segment that is not where its kind and hash say")


def test_a_segment_is_not_shown_under_the_name_of_another(ledger: Path) -> None:
    """Views find the entry of a row by the name of its file."""
    good, other = sealed(ledger), json.loads(log.entry_path(ledger, 1).read_bytes())
    append(ledger, good | {"path": other["path"]})
    resigned(ledger)
    both_break(ledger, "entry 3 names a segment that is not where its kind and hash say")


# --- What an entry says about its rows ---


@pytest.mark.parametrize("spoil", [{"min_doc": str(9 << 32)}, {"max_doc": None}], ids=str)
def test_a_document_cannot_be_hidden_from_its_history(ledger: Path, spoil: dict[str, object]) -> None:
    append(ledger, sealed(ledger) | spoil)
    resigned(ledger)
    both_break(ledger, "of entry 3 holds other documents than the entry says")


@pytest.mark.parametrize("rollup", [{}, {"outcomes": {"keep": {"质量.R1": 3}}, "pii": {}}], ids=str)
def test_totals_of_an_entry_are_those_of_its_rows(ledger: Path, rollup: dict[str, object]) -> None:
    append(ledger, sealed(ledger, rollup=rollup))
    resigned(ledger)
    both_break(ledger, "of entry 3 has other totals than the entry says")


def signed_file(ledger: Path, content: bytes, **changes: object) -> None:
    """A segment file of any bytes whose hash the notary signs."""
    digest = sha256(content).hexdigest()
    path = f"seg/decisions/197001/{digest}.parquet"
    (ledger / path).write_bytes(content)
    append(ledger, sealed(ledger) | {"path": path, "file_sha256": digest} | changes)
    resigned(ledger)


def parquet(table: pa.Table, **options: object) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, store_schema=False, **options)
    return sink.getvalue().to_pybytes()


def noted(table: pa.Table, notes: dict[str, bytes]) -> bytes:
    """Parquet with notes of whoever wrote it."""
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, table.schema, store_schema=False) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata(notes)
    return sink.getvalue().to_pybytes()


def test_a_signed_file_that_is_no_parquet_is_named(ledger: Path) -> None:
    signed_file(ledger, b"PAR1 and nothing else PAR1")
    both_break(ledger, "of entry 3 is not rows in Parquet alone, though its hash holds")


def test_bytes_behind_the_end_of_a_signed_parquet_file_are_named(ledger: Path) -> None:
    signed_file(ledger, parquet(decided(7)[1]) + b"and a secret")
    both_break(ledger, "of entry 3 is not rows in Parquet alone, though its hash holds")


def said_of(kind: pa.DataType) -> bytes:
    """Arrow's description of the columns, with another type of the scores."""
    place = DECISIONS.get_field_index("score_ppm")
    return base64.b64encode(DECISIONS.set(place, pa.field("score_ppm", kind)).serialize().to_pybytes())


@pytest.mark.parametrize(
    "notes",
    [
        {"ARROW:schema": said_of(pa.int32())},
        {"ARROW:schema": said_of(pa.date32())},
        {"ARROW:schema": said_of(pa.dictionary(pa.int8(), pa.int32()))},
        {"ARROW:schema": b"none"},
        {"note": b"a name of a person"},
    ],
    ids=["true", "a date", "a dictionary", "none", "note"],
)
def test_a_signed_file_that_says_more_than_its_rows_is_named(ledger: Path, notes: dict[str, bytes]) -> None:
    signed_file(ledger, noted(decided(7)[1], notes))
    both_break(ledger, "of entry 3 is not rows in Parquet alone, though its hash holds")


def test_a_signed_file_of_another_writer_holds_with_the_same_rows(ledger: Path) -> None:
    signed_file(ledger, parquet(decided(7)[1], compression="gzip", data_page_version="1.0"))
    assert both_hold(ledger, vkey=notary(ledger).vkey).unsigned == 0


@pytest.mark.parametrize(
    "kind", [pa.date32(), pa.uint32(), pa.time32("ms"), pa.list_(pa.int32()), pa.struct([("a", pa.int32())])], ids=str
)
def test_a_column_that_readers_take_for_different_things_is_named(ledger: Path, kind: pa.DataType) -> None:
    rows = decided(7)[1]
    place = rows.column_names.index("score_ppm")
    other = rows.set_column(place, "score_ppm", pa.nulls(3, kind))
    signed_file(ledger, parquet(other), schema=canonical.schema_id(DECISIONS))
    both_break(ledger, "of entry 3 has other columns than the entry says")


def segments(ledger: Path) -> list[Path]:
    return sorted(ledger.glob("seg/decisions/*/*.parquet"))


def test_segments_of_as_many_rows_cannot_be_exchanged(tmp_path: Path) -> None:
    ledger = made(tmp_path, batches=4)
    one, other, *_ = [path for path in segments(ledger) if not path.with_suffix(".tile8").exists()]
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    both_break(ledger, "was changed: first bad row among rows 0 to 2")


def test_other_metadata_around_the_same_rows_is_named(ledger: Path) -> None:
    path = segments(ledger)[0]
    path.write_bytes(parquet(pq.read_table(path).replace_schema_metadata({"note": "a name of a person"})))
    both_break(ledger, "was changed: its rows are whole, bytes around them are not")


# --- Files ---


def linked(path: Path) -> None:
    path.rename(path.with_suffix(".kept"))
    shutil.move(path.with_suffix(".kept"), path.parents[3].parent / "elsewhere")
    path.symlink_to(path.parents[3].parent / "elsewhere")


def test_a_segment_that_is_a_link_is_named_although_its_bytes_are_right(ledger: Path) -> None:
    linked(segments(ledger)[0])
    both_break(ledger, f"{segments(ledger)[0].relative_to(ledger)} is a link or no plain file")


def test_a_folder_that_is_a_link_is_named(ledger: Path, tmp_path: Path) -> None:
    shutil.move(ledger / "seg", tmp_path / "elsewhere")
    (ledger / "seg").symlink_to(tmp_path / "elsewhere")
    both_break(ledger, "seg is a link or no plain file")


def test_a_pipe_in_the_place_of_a_segment_stops_nobody(ledger: Path) -> None:
    path = segments(ledger)[0]
    path.unlink()
    os.mkfifo(path)
    both_break(ledger, "is a link or no plain file")


@pytest.mark.parametrize(
    "name", ["README", "keys/more.json", "tlog/checkpoint.old", "tlog/note/1", ".hidden", "keys/policy.tlog/x"]
)
def test_a_file_that_belongs_nowhere_is_named(ledger: Path, name: str) -> None:
    (ledger / name).parent.mkdir(exist_ok=True)
    (ledger / name).write_text("believe me")
    both_break(ledger, f"{name} is no part of a ledger")


def test_a_cosignature_of_no_checkpoint_is_named(ledger: Path) -> None:
    folder = ledger / "tlog/cosignatures/000000000099"
    folder.mkdir(parents=True)
    (folder / "0badcafe").write_text("— w AAAA\n")
    both_break(ledger, "tlog/cosignatures/000000000099/0badcafe is of no checkpoint")


def test_a_tile_is_as_long_as_the_log_makes_it(ledger: Path) -> None:
    tile = ledger / "tlog/tile/0/000.p/3"
    content = tile.read_bytes()
    for spoilt in (b"", content[:-32], content + content[-32:], content + b"\0"):
        tile.write_bytes(spoilt)
        both_break(ledger, "tlog/tile/0/000.p/3 is not what the log's entries make of it")
    tile.write_bytes(content)
    (ledger / "tlog/tile/1").mkdir()
    (ledger / "tlog/tile/1/000.p").mkdir()
    (ledger / "tlog/tile/1/000.p/1").write_bytes(b"")
    both_break(ledger, "tlog/tile/1/000.p/1 is not what the log's entries make of it")


@pytest.mark.parametrize("alias", ["0/000.p/256", "0/x000/000", "entries/000.p/256", "00/000", "0/0000", "0/000.p/03"])
def test_a_tile_has_one_name(ledger: Path, alias: str) -> None:
    log.append_all(ledger, [(log.Entry(kind="events", key=f"e{n}", at_us=1, actor="t"), None) for n in range(256)])
    checkpoint.sign(ledger, notary(ledger), at_us=9)
    both_hold(ledger)
    place = ledger / "tlog/tile" / alias
    place.parent.mkdir(parents=True, exist_ok=True)
    kind = "entries" if alias.startswith("entries") else "0"
    shutil.copyfile(ledger / f"tlog/tile/{kind}/000", place)
    both_break(ledger, f"tlog/tile/{alias} is not what the log's entries make of it")


@pytest.mark.parametrize("path", ["../outside.parquet", "seg/decisions/202601/../../../../x.parquet", "/etc/x.parquet"])
def test_views_read_no_file_that_is_no_segment(ledger: Path, path: str) -> None:
    pq.write_table(decided(7)[1], ledger.parent / "outside.parquet")
    append(ledger, sealed(ledger, path=path))
    for ask in (views.connect, views.write, views.render):
        with pytest.raises(EvidenceBroken, match="entry 3 names a segment that is not where"):
            ask(ledger)


@pytest.mark.parametrize(
    "spoil",
    [
        {"rows_root": "é"},
        {"rows_root": "A" * 64},
        {"schema": "none"},
        {"rows": -1},
        {"min_doc": ""},
        {"max_doc": "é"},
        {"max_doc": "1e3"},
        {"path": "", "file_sha256": "", "rows_root": "", "rows": 0, "schema": "", "rollup": {}},
    ],
    ids=str,
)
def test_what_an_entry_says_of_its_segment_is_of_the_form_that_all_read(ledger: Path, spoil: dict[str, object]) -> None:
    append(ledger, sealed(ledger, **spoil))
    both_break(ledger, "entry 3 names a segment that is not where its kind and hash say")


@pytest.mark.parametrize(
    "spoil",
    [
        {"to_size": True},
        {"to_size": {}},
        {"to_size": "4"},
        {"to_size": None},
        {"from_size": 4.0},
        {"signature": "no base64"},
        {"signature": 7},
        {"ends": []},
    ],
    ids=str,
)
@pytest.mark.parametrize("event", ["rotate", "revoke"])
def test_a_hand_over_that_is_not_written_as_one_is_named(
    ledger: Path, tmp_path: Path, event: str, spoil: dict[str, object]
) -> None:
    heir, old = keys.generate(tmp_path / "h", "demo"), notary(ledger)
    details = named(heir, "notary", from_size=4) | {"event": event, "ends": old.key_id, "to_size": 4} | spoil
    append(ledger, body(kind="key_events", details=details))
    log._TAILS.clear()
    both_break(ledger)


# --- Policies ---


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "quorum zz",
        "quorum w1\nquorum w1",
        "quorum\u2003w1",
        "nonsense\nquorum w1",
        "group G 0 w1\nquorum G",
        "group G -1 w1\nquorum G",
        "group G 2 w1\nquorum G",
        "group G \uff11 w1\nquorum G",
        "group G x w1\nquorum G",
        "group G any w1 w1\nquorum G",
        "group G any G\nquorum G",
        "group G any H\ngroup H any G\nquorum G",
        "group G any w1\ngroup H any w1\nquorum H",
        "group w1 any w1\nquorum w1",
        "group none any w1\nquorum none",
        "witness none VKEY\nquorum w1",
        "witness w2 VKEY\nquorum w1",
        "witness w2 bad\nquorum w1",
        "log VKEY\nquorum w1",
    ],
)
def test_an_adopted_policy_that_is_none_is_named(ledger: Path, tmp_path: Path, rule: str) -> None:
    _, vkey = ledgers.witnessed(tmp_path / "w")
    lines = f"witness w1 VKEY\n{rule}".replace("VKEY", vkey).split("\n")
    append(ledger, body(kind="policies", details={"lines": lines, "quorum": "w1"}))
    policy.path(ledger).write_text("\n".join(lines) + "\n", encoding="utf-8")
    resigned(ledger)
    both_break(ledger, "entry 3 adopts a policy that is none")


def test_a_policy_of_no_lines_or_of_numbers_is_none(ledger: Path) -> None:
    for seq, details in enumerate(({}, {"lines": "quorum none"}, {"lines": [1, "quorum none"]}), 3):
        append(ledger, body(kind="policies", key=f"p{seq}", details=details))
        log._TAILS.clear()
        both_break(ledger, "entry 3 adopts a policy that is none")


# --- Checkpoints ---


def test_lines_more_on_a_checkpoint_are_named(ledger: Path, tmp_path: Path) -> None:
    shown, stranger = checkpoint.path(ledger), keys.generate(tmp_path / "s", "stranger")
    content = shown.read_text(encoding="utf-8")
    line = content.splitlines()[-1]
    foreign = notes.signature_line("stranger", stranger.vkey, keys.sign(stranger, b"x"))
    for more in (f"{line}\n", foreign, "\n", "— demo\n", "text\n"):
        shown.write_text(content + more, encoding="utf-8")
        both_break(ledger, "tlog/checkpoint is not one of the kept checkpoints")
    kept = checkpoint.kept_path(ledger, 3)
    for more in (f"{line}\n", f"{line[:-8]}AAAAAAA=\n", foreign):
        kept.write_text(content + more, encoding="utf-8")
        shown.write_text(content + more, encoding="utf-8")
        both_break(ledger, "checkpoint 000000000003")


def test_a_cosignature_counts_once(ledger: Path, tmp_path: Path) -> None:
    key, vkey = ledgers.witnessed(tmp_path / "w")
    policy.adopt(ledger, f"witness w1 {vkey}\nquorum w1\n", at_us=4, actor="t")
    size = checkpoint.sign(ledger, notary(ledger), at_us=5).size
    text = checkpoint.kept_path(ledger, size).read_text().partition("\n\n")[0] + "\n"
    place = checkpoint.cosigned_folder(ledger, size) / vkey.split("+")[1]
    place.parent.mkdir(parents=True)
    place.write_text(ledgers.witness.cosign(key, text, at_s=6))
    checkpoint.show(ledger)
    assert both_hold(ledger).witnessed == size
    shown = checkpoint.path(ledger)
    shown.write_text(shown.read_text() + place.read_text())
    both_break(ledger, "tlog/checkpoint is not one of the kept checkpoints")


# --- What the views show ---


def test_files_that_no_entry_names_are_not_shown(ledger: Path) -> None:
    path = segments(ledger)[0]
    (path.parent / f"{'0' * 64}.parquet").write_bytes(path.read_bytes())
    (path.parent / ".hidden.parquet").write_bytes(path.read_bytes())
    folder = log.entry_path(ledger, 0).parent
    for name in (".tmp-1.json", "0.json", "0000001.json", ".000001.json"):
        (folder / name).write_bytes((folder / "000001.json").read_bytes())
    with views.connect(ledger) as connection:
        assert connection.execute("select count(*), count(distinct seq) from entries").fetchone() == (3, 3)
        assert connection.execute("select count(*) from decisions").fetchone() == (303,)
