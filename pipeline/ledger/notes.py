"""Signed notes (C2SP signed-note): a text and the signatures under it. The text counts for what a known key signed."""

import base64
import re

from pipeline.errors import EvidenceBroken
from pipeline.ledger import keys

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")  # a note may hold newlines only
SIGNATURES = 100  # of a note, at most, as in Go's sumdb/note


def note(key: keys.Key, text: str, *others: keys.Key) -> bytes:
    """`text` (ending in a newline) signed as a note, by one key or several."""
    lines = (signature_line(k.name, k.vkey, keys.sign(k, text.encode())) for k in (key, *others))
    return f"{text}\n{''.join(lines)}".encode()


def signature_line(name: str, vkey: str, signature: bytes) -> str:
    """A signature as a line of a note."""
    blob = bytes.fromhex(vkey.split("+")[1]) + signature
    return f"— {name} {base64.b64encode(blob).decode()}\n"


def open_note(content: bytes, vkey: str) -> str:
    """The text of a note whose signature by `vkey` holds.

    Raises:
        EvidenceBroken: not a note, or no signature of this key, or it does not fit.
    """
    name, key_id, _ = keys.parse(vkey)
    text, signatures = split_note(content)
    if (name, key_id) not in signatures:
        raise EvidenceBroken(f"a note lacks a valid signature of {name}", fix="keep the file; ask its signer")
    keys.verify(vkey, text.encode(), signatures[name, key_id])
    return text


def split_note(content: bytes) -> tuple[str, dict[tuple[str, bytes], bytes]]:
    """The text of a note and its unverified signatures by name and key id; of two by one key the first counts.

    Raises:
        EvidenceBroken: not a note: another encoding, no signature, a line that is not one.
    """
    broken = EvidenceBroken("a file is not a signed note", fix="keep the file; ask its signer")
    try:
        said = content.decode()
    except UnicodeDecodeError:
        raise broken from None
    text, gap, lines = said.rpartition("\n\n")
    parts = [_signature(line) for line in lines.removesuffix("\n").split("\n")]
    is_note = gap and lines.endswith("\n") and not _CONTROL.search(said) and len(parts) <= SIGNATURES
    if not is_note or None in parts:
        raise broken
    return f"{text}\n", {(name, blob[:4]): blob[4:] for name, blob in reversed(list(filter(None, parts)))}


def n_signatures(content: bytes) -> int:
    """How many signature lines a note has, doubled ones too."""
    return content.rpartition(b"\n\n")[2].count(b"\n")


def _signature(line: str) -> tuple[str, bytes] | None:
    """Name and bytes of a signature line; None when it is not one, or not the one way of writing it."""
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    blob = keys.decoded(encoded)
    is_named = name != "" and "+" not in name and not any(map(str.isspace, name))
    return (name, blob) if dash == "—" and is_named and blob is not None and len(blob) > 4 else None
