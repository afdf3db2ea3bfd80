"""Published examples of RFC 8032 and of C2SP signed-note, tlog-checkpoint, -cosignature, -witness and -tiles."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pipeline.errors import EvidenceBroken, InputMalformed
from pipeline.ledger import checkpoint, keys, notes, tiles, witness
from tests.ledger.ledgers import AUDITOR

# --- RFC 8032 ---


ED25519 = """
    d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a |
    e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b
    3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c | 72
    92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00
    fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025 | af82
    6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"""


def test_the_auditors_own_ed25519_takes_the_published_signatures_and_no_other() -> None:
    lines = [line.strip() for line in ED25519.strip().splitlines()]
    for (public, message), signature in zip(
        ([bytes.fromhex(x) for x in line.split("|")] for line in lines[::2]),
        (bytes.fromhex(line) for line in lines[1::2]),
        strict=True,
    ):
        assert AUDITOR.is_signed(public, message, signature)
        keys.verify(keys.vkey("rfc", public), message, signature)
        twin = int.from_bytes(signature[32:], "little") + AUDITOR.ORDER  # the same point, another number
        for wrong in (
            signature[:32] + twin.to_bytes(32, "little"),
            signature[::-1],
            signature[:63],
            signature + b"\0",
            bytes([signature[0] ^ 1]) + signature[1:],
            bytes(64),
        ):
            assert not AUDITOR.is_signed(public, message, wrong)
            with pytest.raises(EvidenceBroken):
                keys.verify(keys.vkey("rfc", public), message, wrong)
        assert not AUDITOR.is_signed(public, message + b"\0", signature)


# --- C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-witness, tlog-tiles ---


TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
BY_PETER = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
BY_ENOCH = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
NOTE = f"{TEXT}\n{BY_PETER}"


def opens(content: str | bytes, vkey: str) -> bool:
    """Whether both verifiers take the note's signature by that key; they always agree."""
    raw = content.encode() if isinstance(content, str) else content
    outcomes = []
    try:
        notes.open_note(raw, vkey)
        outcomes.append(True)
    except EvidenceBroken:
        outcomes.append(False)
    try:
        text, signatures = AUDITOR.split_note(raw, "the note")
        name, key_id, public = AUDITOR.public_key(vkey, AUDITOR.NOTARY)
        outcomes.append(AUDITOR.is_signed(public, text.encode(), signatures.get((name, key_id), b"")))
    except AUDITOR.Broken:
        outcomes.append(False)
    assert outcomes[0] == outcomes[1]
    return outcomes[0]


def test_the_published_notes_open_with_one_signature_and_with_two() -> None:
    assert notes.open_note(NOTE.encode(), PETER) == TEXT
    for note in (NOTE + BY_ENOCH, f"{TEXT}\n{BY_ENOCH}{BY_PETER}"):
        assert opens(note, PETER)
        assert opens(note, ENOCH)
    assert not opens(NOTE, ENOCH)


@pytest.mark.parametrize(
    "note",
    [
        "",
        TEXT,
        f"{TEXT}{BY_PETER}",
        f"{TEXT}\n",
        NOTE.removesuffix("\n"),
        f"{NOTE}\n",
        f"{NOTE}more\n",
        NOTE.replace("— ", "- "),
        NOTE.replace("— ", "—"),
        NOTE.replace("PeterNeumann x", "PeterNeumann  x"),
        NOTE.replace("PeterNeumann x", "x"),
        NOTE.replace("PeterNeumann x", "Peter+Neumann x"),
        NOTE.replace("PeterNeumann x", "Peter\u2003Neumann x"),
        NOTE.replace("JnAM=", "JnAN="),
        NOTE.replace("JnAM=", "JnAM"),
        NOTE.replace("x08go", "x08g!"),
        NOTE.replace("then", "Then"),
        NOTE.replace("then", "then\x01"),
        f"\x01{NOTE}",
        NOTE.replace("PeterNeumann x", "Peter\x01Neumann x"),
        NOTE + BY_ENOCH.replace("EnochRoot", "Enoch\x7f\x02Root"),
        f"{NOTE}Unexpected line.\n",
        f"{TEXT}\n{BY_PETER[:60]}ABCD{BY_PETER[60:]}",
        f"{TEXT}\n{BY_PETER[:60]}ABCD{BY_PETER[60:]}{BY_PETER}",
        NOTE.replace("— PeterNeumann", "— Bad Name"),
        NOTE.replace("x08go", "y08go"),
        NOTE + BY_ENOCH * 100,
        NOTE.replace("\n", "\r\n"),
        f"{TEXT}\n— PeterNeumann x08goA==\n",
        NOTE.encode().replace(b"then", b"th\xffn"),
    ],
)
def test_what_is_no_note_or_is_signed_by_nobody_known_opens_for_nobody(note: str | bytes) -> None:
    assert not opens(note, PETER)


def test_of_doubled_signatures_the_first_counts_and_those_of_unknown_keys_do_not_matter() -> None:
    other = f"{BY_ENOCH[:60]}ABCD{BY_ENOCH[60:]}"
    for more in (BY_PETER, BY_PETER + BY_ENOCH + BY_ENOCH + other, other, f"{BY_PETER[:60]}ABCD{BY_PETER[60:]}"):
        assert opens(NOTE + more, PETER)
    assert opens(NOTE + BY_ENOCH * 99, PETER)
    assert not opens(NOTE + other, ENOCH)


def test_a_text_may_be_one_empty_line_or_hold_some() -> None:
    key = keys.Key("k.example", Ed25519PrivateKey.from_private_bytes(bytes(32)))
    for text in ("\n", "a\n\nb\n", "\n\n— a\n"):
        assert opens(notes.note(key, text), key.vkey)


SMALL_ORDER = """
    0100000000000000000000000000000000000000000000000000000000000000
    0100000000000000000000000000000000000000000000000000000000000080
    ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
    0000000000000000000000000000000000000000000000000000000000000000
    0000000000000000000000000000000000000000000000000000000000000080
    c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a
    c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa
    26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05
    26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85
    ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
    edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
    eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
    eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff""".split()


@pytest.mark.parametrize("public", SMALL_ORDER)
def test_a_key_that_anyone_can_sign_for_is_none(public: str) -> None:
    for kind in (keys.ED25519, keys.COSIGNATURE):
        with pytest.raises(InputMalformed):
            keys.parse(keys.vkey("k.example", bytes.fromhex(public), kind), kind)
        with pytest.raises(AUDITOR.Broken):
            AUDITOR.public_key(keys.vkey("k.example", bytes.fromhex(public), kind), kind)


def test_a_note_with_sixteen_unknown_signatures_still_opens() -> None:
    strangers = "".join(
        f"— stranger{n}.example {base64.b64encode(bytes([n]) * 4 + bytes(2420)).decode()}\n" for n in range(16)
    )
    assert opens(f"{NOTE}{strangers}", PETER)


def test_no_part_of_a_public_key_and_no_key_with_a_changed_letter_is_one() -> None:
    parts = [PETER[i:j] for i in range(0, len(PETER), 7) for j in range(i + 1, len(PETER) + 1, 5)]
    changed = [PETER[:i] + chr(ord(PETER[i]) + 1) + PETER[i + 1 :] for i in range(len(PETER))]
    upper = PETER.replace("c74f20a3", "C74F20A3")
    for wrong in [*(one for one in parts if one != PETER), *changed, upper, f" {PETER}", f"{PETER}\n", ENOCH + "="]:
        with pytest.raises(InputMalformed):
            keys.parse(wrong)
        with pytest.raises(AUDITOR.Broken):
            AUDITOR.public_key(wrong, AUDITOR.NOTARY)


GOSUM = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
CHECKPOINTS = {
    20852163: (
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
        "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=",
    ),
    49189689: (
        "ftjbAOzaupaIvaPo/G+Dk63nxOZ2s1OPOKIaPtXs7S4=",
        "Az3grlKZssqRoMNPpZfKt0TphbbcF+pzXqElURJKRNFKfaUAgqeI5k2AORH0QAhg/ebRwyIqD/OqP4oLtLnNumvOBAM=",
    ),
}


@pytest.mark.parametrize("size", sorted(CHECKPOINTS))
def test_checkpoints_of_a_public_log_are_read(size: int) -> None:
    root, signature = CHECKPOINTS[size]
    note = f"go.sum database tree\n{size}\n{root}\n\n— sum.golang.org {signature}\n"
    assert opens(note, GOSUM)
    read = checkpoint.parse(notes.open_note(note.encode(), GOSUM), "go.sum database tree")
    assert (read.size, read.root, read.signed_at_us) == (size, base64.b64decode(root), 0)
    assert not opens(note.replace(f"\n{size}\n", f"\n{size + 1}\n"), GOSUM)


SOFA = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (SOFA, True),
        (f"{SOFA}opaque line\nsigned-at-us 7\n", True),
        (f"{SOFA}signed-at-us 7\n", True),
        (SOFA.replace("\n20852163\n", "\n0\n"), True),
        (SOFA.replace("\n20852163\n", "\n020852163\n"), False),
        (SOFA.replace("\n20852163\n", "\n-1\n"), False),
        (SOFA.replace("\n20852163\n", "\n+1\n"), False),
        (SOFA.replace("\n20852163\n", "\n\n"), False),
        (SOFA.replace("\n20852163\n", f"\n{'9' * 5000}\n"), False),
        (SOFA.replace("jxq2I=", "jxq2J="), False),  # the bits behind the last byte are not zero
        (SOFA.replace("jxq2I=", "jxq2IA"), False),
        (SOFA.replace("CsUY", ""), False),
        (f"{SOFA}\n", False),
        (SOFA.removesuffix("\n"), False),
        (f"\n{SOFA}", False),
    ],
)
def test_the_text_of_a_checkpoint_has_one_form(text: str, *, is_one: bool) -> None:
    found = AUDITOR.CHECKPOINT.fullmatch(text)
    assert bool(found and len(AUDITOR.decoded(found[3])) == 32) == is_one
    try:
        assert checkpoint.parse(text, "example.com/behind-the-sofa").signed_at_us in (0, 7)
    except EvidenceBroken:
        assert not is_one
    else:
        assert is_one


def test_the_published_cosignature_says_its_time_and_signs_the_published_message() -> None:
    line = (
        "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZ"
        "qhf5nNo0xUe+mbIUBkBIfZ+qnA=="
    )
    _, signatures = notes.split_note(f"{SOFA}\n{line}\n".encode())
    ((name, _), blob) = signatures.popitem()
    assert (name, int.from_bytes(blob[:8], "big"), len(blob)) == ("witness.example.com/w1", 1679315147, 72)
    assert witness._message(SOFA, 1679315147) == f"cosignature/v1\ntime 1679315147\n{SOFA}".encode()


def test_the_published_request_to_a_witness_is_read() -> None:
    proof = ["PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=", "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk="]
    note = f"{SOFA}\n— example.com/behind-the-sofa {CHECKPOINTS[20852163][1]}\n"
    got = witness.parse("\n".join(["old 20852014", *proof, "", note]).encode())
    assert (got.old_size, got.proof, got.note) == (20852014, tuple(map(base64.b64decode, proof)), note.encode())
    for wrong in ("old 020852014", "old -1", "old 1e3", "new 20852014", "old", f"old {'9' * 5000}"):
        with pytest.raises(InputMalformed):
            witness.parse("\n".join([wrong, *proof, "", note]).encode())
    for lines in (proof * 32, ["PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkax="], ["é"], ["\udcff"], [" "], ["AAAA"]):
        with pytest.raises(InputMalformed):
            witness.parse("\n".join(["old 20852014", *lines, "", note]).encode("utf-8", "surrogateescape"))


@pytest.mark.parametrize(
    ("number", "width", "name"),
    [
        (0, 256, "tlog/tile/0/000"),
        (273, 256, "tlog/tile/0/273"),
        (1234067, 256, "tlog/tile/0/x001/x234/067"),
        (273, 1, "tlog/tile/0/273.p/1"),
        (1234067, 8, "tlog/tile/0/x001/x234/067.p/8"),
    ],
)
def test_tiles_have_the_published_names(number: int, width: int, name: str) -> None:
    assert tiles.name("0", number, width) == name


def test_a_log_of_seventy_thousand_has_the_published_tiles() -> None:
    found = dict(tiles.of_hashes([bytes(32)] * 70_000))
    widths = {name.removeprefix("tlog/tile/"): len(content) // 32 for name, content in found.items()}
    partial = {name: width for name, width in widths.items() if width < 256}
    assert partial == {"0/273.p/112": 112, "1/001.p/17": 17, "2/000.p/1": 1}
    assert sorted(set(widths) - set(partial)) == [*(f"0/{n:03d}" for n in range(273)), "1/000"]
    assert sorted(name for name, _ in tiles.of_hashes([bytes(32)] * 256)) == ["tlog/tile/0/000", "tlog/tile/1/000.p/1"]


def test_a_bundle_of_entries_is_read_back() -> None:
    entries = [b"", b"a", b"x" * 65535]
    assert tiles.unbundled(tiles.bundle(entries)) == entries
