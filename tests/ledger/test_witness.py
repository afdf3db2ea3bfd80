"""The witness, the policy, and what nobody outside stands for yet."""

import base64
import contextlib
import http.client
import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import EvidenceBroken, InputMalformed
from pipeline.ledger import checkpoint, keys, log, merkle, notes, policy, witness, witnessing
from tests.ledger import ledgers
from tests.ledger.ledgers import append, both_hold, made

BIN = Path(sys.executable).parent


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return made(tmp_path)


@pytest.fixture
def key(tmp_path: Path) -> keys.Key:
    return keys.generate(tmp_path / "witness", "w1.example")


def grown(ledger: Path, batch: int) -> int:
    append(ledger, batch)
    return checkpoint.sign(ledger, ledgers.notary(ledger), at_us=9).size


def asked(ledger: Path, key: keys.Key, old: int, size: int) -> witness.Answer:
    logs = [ledgers.notary(ledger).vkey]
    return witness.answer(witnessing.request(ledger, old, size), key, logs, ledger.parent / "state", at_s=7)


def test_a_log_that_has_grown_is_cosigned_and_the_cosignature_holds(ledger: Path, key: keys.Key) -> None:
    first = asked(ledger, key, 0, 3)
    again = asked(ledger, key, 3, 3)
    later = asked(ledger, key, 3, grown(ledger, 7))

    assert [one.status for one in (first, again, later)] == [200, 200, 200]
    note = checkpoint.kept_path(ledger, 4).read_bytes() + later.body.encode()
    assert witness.cosigned_at(note, witness.vkey(key)) == 7
    assert ledgers.AUDITOR.has_cosigned(note, witness.vkey(key), "it")


def test_an_old_size_that_is_not_the_witness_s_gets_the_right_one(ledger: Path, key: keys.Key) -> None:
    asked(ledger, key, 0, 3)
    got = asked(ledger, key, 0, grown(ledger, 7))

    assert (got.status, got.body, got.content_type) == (409, "3\n", "text/x.tlog.size")


def test_a_split_view_is_refused_and_kept_as_evidence(ledger: Path, key: keys.Key, tmp_path: Path) -> None:
    """Two ledgers of one notary that differ in an early entry: the witness has seen the other."""
    asked(ledger, key, 0, 3)
    other = tmp_path / "other" / "ledger"
    keys.trust(other, ledgers.notary(ledger).vkey, role="notary", at_us=2, actor="test")
    for batch in (0, 1, 2):
        append(other, batch)
    checkpoint.sign(other, ledgers.notary(ledger), at_us=3)
    content = witnessing.request(other, 3, 4) if checkpoint.kept_path(other, 3).exists() else None
    lines = "".join(f"{ledgers.AUDITOR.base64.b64encode(h).decode()}\n" for h in witnessing.consistency(other, 3, 4))
    content = content or f"old 3\n{lines}\n".encode() + checkpoint.kept_path(other, 4).read_bytes()

    got = witness.answer(content, key, [ledgers.notary(ledger).vkey], ledger.parent / "state", at_s=7)

    assert got.status == 422
    assert [p.read_bytes() for p in (ledger.parent / "state/refused").iterdir()] == [content]


def said(key: keys.Key, size: int, root: bytes, old: int, *proof: bytes) -> bytes:
    """A request about a log that nobody keeps."""
    point = checkpoint.Checkpoint(origin=key.name, size=size, root=root, signed_at_us=1)
    lines = "".join(f"{base64.b64encode(one).decode()}\n" for one in proof)
    return f"old {old}\n{lines}\n".encode() + notes.note(key, checkpoint.text(point))


def test_each_answer_of_add_checkpoint_is_the_published_one(ledger: Path, key: keys.Key) -> None:
    """In order: the witness starts with nothing, sees the empty log, then two entries, then eight."""
    notary, leaves = ledgers.notary(ledger), [merkle.leaf(bytes([n])) for n in range(8)]
    empty, two, eight = (merkle.root(leaves[:n]) for n in (0, 2, 8))
    grown, junk = merkle.consistency_proof(leaves, 2), bytes(32)
    asked = [
        (said(notary, 0, empty, 3), 400, None),
        (said(notary, 2, two, 1), 409, "0\n"),
        (said(notary, 0, junk, 0), 409, "0\n"),
        (said(notary, 0, empty, 0), 200, None),
        (said(notary, 2, two, 0, junk), 422, None),
        (said(notary, 2, two, 0), 200, None),
        (said(notary, 2, two, 0), 409, "2\n"),
        (said(notary, 2, two, 2), 200, None),
        (said(notary, 2, two, 2, junk), 422, None),
        (said(notary, 2, junk, 2), 409, "2\n"),
        (said(notary, 1, leaves[0], 2), 400, None),
        (said(notary, 8, eight, 2), 422, None),
        (said(notary, 8, eight, 2, *grown, junk), 422, None),
        (said(notary, 8, junk, 2, *grown), 422, None),
        (said(notary, 8, eight, 9, *grown), 400, None),
        (said(notary, 8, eight, 2, *grown), 200, None),
        (said(notary, 8, eight, 2, *grown), 409, "8\n"),
    ]
    for content, status, body in asked:
        got = witness.answer(content, key, [notary.vkey], ledger.parent / "state", at_s=7)
        assert got.status == status
        assert body is None or (got.body, got.content_type) == (body, "text/x.tlog.size")


def test_a_cosignature_of_no_time_does_not_count(ledger: Path, key: keys.Key) -> None:
    note = checkpoint.kept_path(ledger, 3).read_text(encoding="utf-8")
    text, vkey = note.partition("\n\n")[0] + "\n", witness.vkey(key)
    for at_s, holds in ((2**63 - 1, True), (2**63, False)):
        signed = (note + witness.cosign(key, text, at_s=at_s)).encode()
        if holds:
            assert witness.cosigned_at(signed, vkey) == at_s
            assert ledgers.AUDITOR.has_cosigned(signed, vkey, "it")
            continue
        with pytest.raises(EvidenceBroken):
            witness.cosigned_at(signed, vkey)
        with pytest.raises(ledgers.AUDITOR.Broken):
            ledgers.AUDITOR.has_cosigned(signed, vkey, "it")


def test_a_log_that_was_cut_back_is_refused(ledger: Path, key: keys.Key) -> None:
    size = grown(ledger, 7)
    asked(ledger, key, 0, size)

    assert asked(ledger, key, 3, 3).status == 409


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"old 0\n\nnot a checkpoint\n", 400),
        (b"old 01\n\n", 400),
        (b"old 0\n" + b"AAAA\n" * 3 + b"\n", 400),
        (b"old -1\n\n", 400),
        (b"old 0\n\xff\n\n", 400),
        ("old 0\né\n\n".encode(), 400),
    ],
)
def test_what_is_no_request_is_a_bad_request(ledger: Path, key: keys.Key, content: bytes, status: int) -> None:
    assert witness.answer(content, key, [], ledger.parent / "state", at_s=7).status == status


def test_an_unknown_log_and_an_unknown_signer_are_told_apart(ledger: Path, key: keys.Key, tmp_path: Path) -> None:
    content, state = witnessing.request(ledger, 0, 3), tmp_path / "state"
    stranger = keys.generate(tmp_path / "eve", "demo").vkey

    assert witness.answer(content, key, [], state, at_s=7).status == 404
    assert witness.answer(content, key, [stranger], state, at_s=7).status == 403
    above = content.replace(b"old 0", b"old 9", 1)
    assert witness.answer(above, key, [ledgers.notary(ledger).vkey], state, at_s=7).status == 400


def test_a_drop_folder_carries_requests_and_cosignatures(ledger: Path, key: keys.Key, tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    drop.mkdir()
    policy.adopt(ledger, f"witness w1 {witness.vkey(key)} {drop}\nquorum w1\n", at_us=4, actor="t")
    grown(ledger, 7)

    assert witnessing.ask(ledger) == {"w1": "asked"}
    assert witness.visit(drop, key, [ledgers.notary(ledger).vkey], tmp_path / "state", at_s=7) == 1
    assert witnessing.ask(ledger) == {"w1": "cosigned"}

    assert both_hold(ledger).witnessed == 5
    found = witnessing.exposure(ledger, now_us=9)
    assert (found.n_entries, found.n_unsigned, found.n_unwitnessed) == (5, 0, 0)


def test_what_came_after_the_last_cosignature_is_exposed(ledger: Path, key: keys.Key, tmp_path: Path) -> None:
    test_a_drop_folder_carries_requests_and_cosignatures(ledger, key, tmp_path)
    log.append(ledger, log.Entry(kind="events", key="x", at_us=60_000_000, actor="t"))
    log.append(ledger, log.Entry(kind="events", key="y", at_us=90_000_000, actor="t"))

    found = witnessing.exposure(ledger, now_us=180_000_000)

    assert (found.n_unsigned, found.n_unwitnessed, found.unwitnessed_minutes) == (2, 2, 2)


def refusals_over_http(address: str, request: bytes) -> None:
    """What is no request is answered; a connection is kept where the request was read."""
    asked = [
        ("/add-checkpoint", b"old 0\n\xff\n\n", 400, True),
        ("/add-checkpoint", request.replace(b"old 0", b"old 9", 1), 400, True),
        ("/add-checkpoint", request.replace(b"demo\n", b"other\n", 1), 404, True),
        ("/add-checkpoint", request.replace(b"signed-at-us 3", b"signed-at-us 7", 1), 403, True),
        ("/add-checkpoint", request.replace(b"old 0", b"old 1", 1), 409, True),
        ("/add-checkpoint", b"x" * 100_000, 400, True),
        ("/add-checkpoint", 200_000, 413, False),
        ("/elsewhere", 0, 404, False),
    ]
    with contextlib.closing(http.client.HTTPConnection(address, timeout=10)) as link:
        for path, content, status, is_kept in asked:
            is_told = isinstance(content, int)  # a length, and nothing sent: it is refused unread
            headers = {"Content-Length": str(content)} if is_told else {}
            link.request("POST", path, None if is_told else content, headers)
            with link.getresponse() as got:
                got.read()
            assert (got.status, link.sock is not None) == (status, is_kept)


@pytest.mark.enable_socket
@pytest.mark.e2e
def test_the_program_cosigns_over_http_and_refuses_when_it_must(ledger: Path, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    made_key = [BIN / "provender-witness", "make", "w1.example", "--folder", folder]
    vkey = subprocess.run(made_key, capture_output=True, text=True, check=True).stdout.strip()
    command = [
        BIN / "provender-witness",
        "serve",
        "--folder",
        folder,
        "--log",
        ledgers.notary(ledger).vkey,
        "--port",
        "0",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            url = server.stdout.readline().split()[-1].removesuffix("/add-checkpoint")
            refusals_over_http(url.removeprefix("http://"), witnessing.request(ledger, 0, 3))
            policy.adopt(ledger, f"witness w1 {vkey} {url}\nquorum w1\n", at_us=4, actor="t")
            grown(ledger, 7)
            assert witnessing.ask(ledger) == {"w1": "cosigned"}
            assert witnessing.ask(ledger) == {"w1": "cosigned before"}
            grown(ledger, 8)
            assert witnessing.ask(ledger) == {"w1": "cosigned"}
        finally:
            server.kill()
    assert both_hold(ledger).witnessed == 6
    grown(ledger, 9)
    assert witnessing.ask(ledger)["w1"].startswith("away")


VKEYS = {name: f"<{name}>" for name in "XYZ"}


def vkeys(folder: Path) -> dict[str, str]:
    return {name: witness.vkey(keys.generate(folder, name)) for name in "XYZ"}


@pytest.mark.parametrize(
    ("rule", "enough", "short"),
    [
        ("quorum X", [{"X"}, {"X", "Y"}], [set(), {"Y", "Z"}]),
        ("group G any X Y\nquorum G", [{"X"}, {"Y"}], [set(), {"Z"}]),
        ("group G all X Y\nquorum G", [{"X", "Y"}], [{"X"}, {"Y", "Z"}]),
        ("group G 2 X Y Z\nquorum G", [{"X", "Z"}], [{"Z"}]),
        ("group G any X Y\ngroup H all G Z\nquorum H", [{"X", "Z"}], [{"X", "Y"}, {"Z"}]),
        ("quorum none", [set(), {"X"}], []),
    ],
)
def test_a_quorum_is_what_the_policy_says(
    tmp_path: Path, rule: str, enough: list[set[str]], short: list[set[str]]
) -> None:
    witnesses = "".join(f"witness {name} {vkey}\n" for name, vkey in vkeys(tmp_path).items())
    read = policy.parse(f"# ours\n\n{witnesses}{rule}\n")

    assert [read.is_met(given) for given in [*enough, *short]] == [True] * len(enough) + [False] * len(short)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "quorum X\nquorum X",
        "quorum W",
        "group G 3 X Y\nquorum G",
        "group G 0 X Y\nquorum G",
        "group G any X X\nquorum G",
        "group G any W\nquorum G",
        "group G any X\ngroup H any X Y\nquorum H",
        "witness X {X}\nquorum X",
        "nonsense\nquorum X",
    ],
)
def test_a_policy_that_says_two_things_or_none_is_refused(tmp_path: Path, wrong: str) -> None:
    found = vkeys(tmp_path)
    witnesses = "".join(f"witness {name} {vkey}\n" for name, vkey in found.items())
    with pytest.raises(InputMalformed):
        policy.parse(f"{witnesses}{wrong.format(**found)}\n")


def test_an_adopted_policy_is_in_the_log_and_a_changed_file_is_broken(ledger: Path, key: keys.Key) -> None:
    policy.adopt(ledger, f"witness w1 {witness.vkey(key)}\nquorum w1\n", at_us=4, actor="t")
    both_hold(ledger)
    policy.path(ledger).write_text("quorum none\n")
    ledgers.both_break(ledger, "keys/policy.tlog")
    assert json.loads(log.entry_path(ledger, 3).read_bytes())["kind"] == "policies"
