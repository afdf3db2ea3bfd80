"""Ed25519 keys and signed notes (C2SP signed-note). Private keys never lie in the ledger; public ones do."""

import base64
import binascii
import json
import os
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from pipeline.errors import EvidenceBroken, InputMalformed, InputMissing, UsageError
from pipeline.ledger import log
from pipeline.schemas.ledger import KEY_EVENTS
from pipeline.store import files

ED25519 = b"\x01"
NOTARY = "notary"
_NAME = re.compile(r"[A-Za-z0-9._/@-]{1,100}")


@dataclass(frozen=True, slots=True)
class Key:
    """A private key and its name; `str()` of it shows the public half only."""

    name: str
    private: Ed25519PrivateKey

    @property
    def vkey(self) -> str:
        """The public key as signed notes write it: name, key id, algorithm and key."""
        public = ED25519 + self.private.public_key().public_bytes_raw()
        return f"{self.name}+{_key_id(self.name, public).hex()}+{base64.b64encode(public).decode()}"

    @property
    def key_id(self) -> str:
        """Eight hex digits that name the key on signature lines."""
        return self.vkey.split("+")[1]

    def __repr__(self) -> str:
        return f"Key({self.vkey})"


def _key_id(name: str, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + public).digest()[:4]


def generate(folder: Path, name: str) -> Key:
    """Make a key, keep its private half at `folder/NAME.key` readable by its owner only, and return it.

    Raises:
        UsageError: the name has spaces or a plus, or a key of that name exists: it is never overwritten.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot name a key", fix="use letters, digits, and . _ - / @")
    key = Key(name, Ed25519PrivateKey.generate())
    secret = base64.b64encode(ED25519 + key.private.private_bytes_raw()).decode()
    path = private_path(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as e:
        raise UsageError(f"a key {name} exists", fix=f"choose another name, or move {path.name} away") from e
    with os.fdopen(handle, "w") as f:
        f.write(f"PRIVATE+KEY+{name}+{key.key_id}+{secret}\n")
    return key


def private_path(folder: Path, name: str) -> Path:
    """Where the private half of `name` lies."""
    return folder / f"{name.replace('/', '_')}.key"


def load(folder: Path, name: str) -> Key:
    """The key that `generate` kept.

    Raises:
        InputMissing: no such key.
        InputMalformed: the file is not a private key of that name.
    """
    path = private_path(folder, name)
    if not path.exists():
        raise InputMissing(f"no key {name}", fix=f"make it: provender keys make {name}")
    parts = path.read_text().strip().split("+", 4)
    try:
        secret = base64.b64decode(parts[4], validate=True)
        key = Key(name, Ed25519PrivateKey.from_private_bytes(secret[1:]))
    except (IndexError, ValueError) as e:
        raise InputMalformed(f"the file of key {name} is not a private key", fix="restore it from its owner") from e
    if parts[2:4] != [name, key.key_id]:
        raise InputMalformed(f"the file of key {name} holds another key", fix="restore it from its owner")
    return key


def sign(key: Key, message: bytes) -> bytes:
    """The 64-byte Ed25519 signature over `message`."""
    return key.private.sign(message)


def verify(vkey: str, message: bytes, signature: bytes) -> None:
    """Return when `signature` over `message` was made by the key of `vkey`.

    Raises:
        InputMalformed: `vkey` is not an Ed25519 note key.
        EvidenceBroken: the signature is not of this key or not over these bytes.
    """
    name, _, public = parse(vkey)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature as e:
        raise EvidenceBroken(f"the signature of {name} does not fit", fix="keep the file; ask its signer") from e


def parse(vkey: str) -> tuple[str, bytes, bytes]:
    """Name, key id (4 bytes) and public key (32 bytes) of a note key.

    Raises:
        InputMalformed: not `NAME+HEX+BASE64` of an Ed25519 key, or its id is of another key.
    """
    try:
        name, key_id, encoded = vkey.split("+", 2)
        public = base64.b64decode(encoded, validate=True)
        is_fitting = _key_id(name, public) == bytes.fromhex(key_id) and public[:1] == ED25519 and len(public) == 33
    except (ValueError, binascii.Error):
        is_fitting = False
    if not is_fitting:
        raise InputMalformed("a public key is not an Ed25519 note key", fix="copy the whole line NAME+ID+KEY")
    return name, bytes.fromhex(key_id), public[1:]


def note(key: Key, text: str) -> bytes:
    """`text` (ending in a newline) signed as a note."""
    signature = bytes.fromhex(key.key_id) + sign(key, text.encode())
    return f"{text}\n— {key.name} {base64.b64encode(signature).decode()}\n".encode()


def open_note(content: bytes, vkey: str) -> str:
    """The text of a note whose signature by `vkey` holds.

    Raises:
        EvidenceBroken: not a note, or no signature of this key, or it does not fit.
    """
    name, key_id, _ = parse(vkey)
    broken = EvidenceBroken(f"a note lacks a valid signature of {name}", fix="keep the file; ask its signer")
    try:
        text, _, signatures = content.decode().rpartition("\n\n")
    except UnicodeDecodeError:
        raise broken from None
    signature = _signature_of(signatures, name, key_id)
    if not text or signature is None:
        raise broken
    verify(vkey, f"{text}\n".encode(), signature)
    return f"{text}\n"


def _signature_of(lines: str, name: str, key_id: bytes) -> bytes | None:
    """The one signature of that key among signature lines; None when any line is not one."""
    found = None
    for line in lines.removesuffix("\n").split("\n"):
        parts = line.split(" ")
        if not lines.endswith("\n") or len(parts) != 3 or parts[0] != "—":
            return None
        try:
            blob = base64.b64decode(parts[2], validate=True)
        except binascii.Error:
            return None
        if base64.b64encode(blob).decode() != parts[2]:
            return None
        if parts[1] == name and blob[:4] == key_id:
            found = blob[4:]
    return found


def trusted_path(ledger: Path) -> Path:
    """The list of public keys this ledger trusts."""
    return ledger / "keys/trusted-keys.json"


def trusted(ledger: Path) -> list[dict[str, object]]:
    """Trusted public keys: `name`, `vkey`, `key_id`, `role`, `from_size`; the notary has the role `notary`.

    Raises:
        EvidenceBroken: the list cannot be read.
    """
    path = trusted_path(ledger)
    if not path.exists():
        return []
    try:
        found = json.loads(path.read_bytes())["keys"]
        for one in found:
            parse(one["vkey"])
    except (ValueError, KeyError, TypeError, InputMalformed) as e:
        raise EvidenceBroken("keys/trusted-keys.json is damaged", fix="restore it; key_events name the keys") from e
    return list(found)


def trust(ledger: Path, vkey: str, *, role: str, at_us: int, actor: str) -> None:
    """Let `vkey` count from now on, and say so in the log.

    Args:
        ledger: the ledger folder.
        vkey: public note key.
        role: `notary` signs checkpoints; any other word is the role in which a person approves.
        at_us: now.
        actor: who decided it.

    Raises:
        UsageError: there is a notary already, or the name is taken by another key.
    """
    name, key_id, _ = parse(vkey)
    known = trusted(ledger)
    if any(one["vkey"] == vkey for one in known):
        return
    if any(one["name"] == name or role == NOTARY == one["role"] for one in known):
        raise UsageError(f"the ledger trusts another key as {name} or {role}", fix="use the key it has")
    size = log.size(ledger)
    event = {"event": ["trust"], "key_id": [key_id.hex()], "vkey": [vkey], "from_size": [size]}
    added = {"name": name, "vkey": vkey, "key_id": key_id.hex(), "role": role, "from_size": size}
    entry = log.Entry(kind="key_events", key=f"trust {vkey}", at_us=at_us, actor=actor, details=added)
    log.append(ledger, entry, pa.table(event, schema=KEY_EVENTS))
    files.write(trusted_path(ledger), trusted_bytes(ledger))


def trusted_bytes(ledger: Path) -> bytes:
    """The list of trusted keys as the log has it: what `keys/trusted-keys.json` must be, to the byte."""
    listed = [entry["details"] for entry in log.entries(ledger, kind="key_events")]
    return json.dumps({"keys": listed}, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"
