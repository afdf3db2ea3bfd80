"""Ed25519 keys and who trusts them. Private keys never lie in the ledger; public ones do."""

import base64
import binascii
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import pyarrow as pa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from pipeline.errors import EvidenceBroken, InputMalformed, InputMissing, UsageError
from pipeline.ledger import canonical, log
from pipeline.schemas.ledger import KEY_EVENTS
from pipeline.store import files
from pipeline.store.files import Place

ED25519, COSIGNATURE = b"\x01", b"\x04"  # C2SP signed-note, tlog-cosignature
NOTARY = "notary"
_NAME = re.compile(r"[A-Za-z0-9._/@-]{1,100}")
_VKEY = re.compile(r"(?P<name>[^+\s]+)\+(?P<id>[0-9a-f]{8})\+(?P<key>[A-Za-z0-9+/]+=*)")
_FIELD = 2**255 - 19
_SMALL = {  # y of the points whose multiples are few: whoever likes can sign for such a key (RFC 7748, section 7)
    0,
    1,
    _FIELD - 1,
    0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
    0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
}


class Private(Protocol):
    """What signs: an Ed25519 private key of `cryptography`, or a signer elsewhere (`pipeline.ledger.signers`)."""

    def sign(self, data: bytes, /) -> bytes:
        """The signature over `data`."""

    def public_key(self) -> Ed25519PublicKey:
        """Its public half."""


@dataclass(frozen=True, slots=True)
class Key:
    """A private key and its name; `str()` of it shows the public half only."""

    name: str
    private: Private

    @property
    def vkey(self) -> str:
        """The public key as signed notes write it: name, key id, algorithm and key."""
        return vkey(self.name, self.private.public_key().public_bytes_raw())

    @property
    def key_id(self) -> str:
        """Eight hex digits that name the key on signature lines."""
        return self.vkey.split("+")[1]

    def __repr__(self) -> str:
        return f"Key({self.vkey})"


def vkey(name: str, public: bytes, algorithm: bytes = ED25519) -> str:
    """The verifier key of a public key, as notes write it."""
    return f"{name}+{_key_id(name, algorithm + public).hex()}+{base64.b64encode(algorithm + public).decode()}"


def _key_id(name: str, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + public).digest()[:4]


def generate(folder: Path, name: str) -> Key:
    """Make a key, keep its private half at `folder/NAME.key` readable by its owner only, and return it.

    Raises:
        UsageError: the name has spaces or a plus, or a key of that name exists: it is never overwritten.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot name a key", fix="use letters, digits, and . _ - / @")
    private = Ed25519PrivateKey.generate()
    key = Key(name, private)
    secret = base64.b64encode(ED25519 + private.private_bytes_raw()).decode()
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


def aside_path(folder: Path, name: str, key_id: str) -> Path:
    """Where the private half of an earlier key of that name lies until it is destroyed."""
    return folder / f"{name.replace('/', '_')}.{key_id}.old"


def load(folder: Path, name: str, *, aside: str | None = None) -> Key:
    """The key that `generate` kept; `aside` is the id of an earlier one of that name.

    Raises:
        InputMissing: no such key.
        InputMalformed: the file is not a private key of that name.
    """
    path = private_path(folder, name) if aside is None else aside_path(folder, name, aside)
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


def verify(vkey: str, message: bytes, signature: bytes, *, algorithm: bytes = ED25519) -> None:
    """Return when `signature` over `message` was made by the key of `vkey`.

    Raises:
        InputMalformed: `vkey` is not a key for that kind of signature.
        EvidenceBroken: the signature is not of this key or not over these bytes.
    """
    name, _, public = parse(vkey, algorithm)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature as e:
        raise EvidenceBroken(f"the signature of {name} does not fit", fix="keep the file; ask its signer") from e


def parse(vkey: str, algorithm: bytes = ED25519) -> tuple[str, bytes, bytes]:
    """Name, key id (4 bytes) and public key (32 bytes) of a note key.

    Raises:
        InputMalformed: not `NAME+HEX+BASE64` of an Ed25519 key for that use, its id is of another key, or a key for
            which anyone can sign.
    """
    found = _VKEY.fullmatch(vkey)
    public = decoded(found["key"]) if found else None
    if found is None or public is None or public[:1] != algorithm or len(public) != 33:
        raise _no_key()
    y = int.from_bytes(public[1:], "little") & (1 << 255) - 1
    if _key_id(found["name"], public).hex() != found["id"] or y >= _FIELD or y in _SMALL:
        raise _no_key()
    return found["name"], bytes.fromhex(found["id"]), public[1:]


def _no_key() -> InputMalformed:
    return InputMalformed("a public key is not an Ed25519 note key", fix="copy the whole line NAME+ID+KEY")


def decoded(encoded: str) -> bytes | None:
    """The bytes of base64 with padding; None when it is not the one way of writing them."""
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    return content if base64.b64encode(content).decode() == encoded else None


def trusted_path(ledger: Place) -> Place:
    """The list of public keys this ledger trusts."""
    return ledger / "keys/trusted-keys.json"


def trusted(ledger: Place) -> list[dict[str, object]]:
    """Trusted public keys: `name`, `vkey`, `key_id`, `role`, `from_size`, and `to_size` of those that ended.

    Raises:
        EvidenceBroken: the list cannot be read.
    """
    content = files.read_if_any(trusted_path(ledger))
    if content is None:
        return []
    try:
        found = json.loads(content)["keys"]
        for one in found:
            parse(one["vkey"])
    except (ValueError, KeyError, TypeError, InputMalformed) as e:
        raise EvidenceBroken("keys/trusted-keys.json is damaged", fix="restore it; key_events name the keys") from e
    return list(found)


def trust(ledger: Place, vkey: str, *, role: str, at_us: int, actor: str) -> None:
    """Let `vkey` count from now on, and say so in the log.

    Args:
        ledger: the ledger.
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
        raise UsageError(
            f"the ledger trusts another key as {name} or {role}",
            fix="use the key it has; a notary's key is replaced by provender keys rotate",
        )
    added = {"name": name, "vkey": vkey, "key_id": key_id.hex(), "role": role, "from_size": log.size(ledger)}
    _append(ledger, f"trust {vkey}", [("trust", added)], added, at_us=at_us, actor=actor)


def rotate(ledger: Place, old: Key, new: Key, *, at_us: int, actor: str) -> int:
    """Replace the notary's key by one of the same name, in words that the old key signs; the size where they meet.

    Both keys sign the checkpoint of that size. Before it the old one counts, after it the new one.

    Raises:
        UsageError: `old` is not the notary's key of now, or `new` has another name.
    """
    now = notaries(ledger)[-1:]
    if not now or now[0]["vkey"] != old.vkey or new.name != old.name:
        raise UsageError("not the notary's key of now, or another name", fix="rotate the key that signs, keep its name")
    size = log.size(ledger) + 1
    added = _replacing(new.vkey, size)
    details = {**added, "event": "rotate", "ends": old.key_id, "to_size": size}
    signed = details | {"signature": base64.b64encode(sign(old, canonical.entry(details))).decode()}
    rows = [("trust", added), ("retire", {"key_id": old.key_id, "vkey": old.vkey, "from_size": size})]
    return 1 + _append(ledger, f"rotate {old.vkey} {new.vkey}", rows, signed, at_us=at_us, actor=actor)


def revoke(ledger: Place, old_vkey: str, new: Key, *, from_size: int, at_us: int, actor: str) -> int:
    """Say that the notary's key was in other hands from that size on, and name the next; the number of the entry.

    Nothing the old key signed beyond `from_size` counts, and up to it only what a quorum of witnesses has cosigned.
    Tell everyone the new key by another way: who stole the old one can write such an entry as well.
    """
    name, old_id, _ = parse(old_vkey)
    if new.name != name or not any(one["vkey"] == old_vkey for one in notaries(ledger)):
        raise UsageError("the ledger has no such notary's key, or another name", fix="see provender keys list")
    added = _replacing(new.vkey, from_size)
    details = {**added, "event": "revoke", "ends": old_id.hex(), "to_size": from_size}
    rows = [("revoke", {"key_id": old_id.hex(), "vkey": old_vkey, "from_size": from_size}), ("trust", added)]
    return _append(ledger, f"revoke {old_vkey} at {from_size}", rows, details, at_us=at_us, actor=actor)


def _replacing(new: str, size: int) -> dict[str, object]:
    name, key_id, _ = parse(new)
    return {"name": name, "vkey": new, "key_id": key_id.hex(), "role": NOTARY, "from_size": size}


def _append(
    ledger: Place,
    key: str,
    rows: Sequence[tuple[str, Mapping[str, object]]],
    details: Mapping[str, object],
    *,
    at_us: int,
    actor: str,
) -> int:
    columns: dict[str, list[object]] = {"event": [event for event, _ in rows]}
    columns |= {name: [row[name] for _, row in rows] for name in ("key_id", "vkey", "from_size")}
    entry = log.Entry(kind="key_events", key=key, at_us=at_us, actor=actor, details=details)
    seq = log.append(ledger, entry, pa.table(columns, schema=KEY_EVENTS))
    files.write(trusted_path(ledger), trusted_bytes(ledger))
    return seq


def notaries(ledger: Place) -> list[dict[str, object]]:
    """The notary's keys, oldest first; the last one signs."""
    return [one for one in trusted(ledger) if one["role"] == NOTARY]


def trusted_bytes(ledger: Place) -> bytes:
    """The list of trusted keys as the log has it: what `keys/trusted-keys.json` must be, to the byte.

    Raises:
        EvidenceBroken: a rotation that the key it ends has not signed.
    """
    listed: list[dict[str, object]] = []
    for one in log.entries(ledger, kind="key_events"):
        details = one["details"]
        if isinstance(details, dict):
            listed = _told(listed, dict(details), int(str(one["seq"])))
    return json.dumps({"keys": listed}, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def _told(listed: list[dict[str, object]], details: dict[str, object], seq: int) -> list[dict[str, object]]:
    """The list after one more key event. Whoever can append writes such entries, so each must have the right to."""
    event = details.pop("event", "trust")
    _require_right(listed, details, str(event), seq)
    if event == "trust":
        return [*listed, details]
    ended, to_size = details.pop("ends"), int(str(details.pop("to_size")))
    if event == "rotate":
        _verify_rotation(listed, details, str(ended), to_size)
        to_size = details["from_size"] = seq + 1
    mark = {"to_size": to_size} | ({"is_revoked": True} if event == "revoke" else {})
    return [one | mark if one["key_id"] == ended else one for one in listed] + [details]


def _require_right(listed: list[dict[str, object]], details: dict[str, object], event: str, seq: int) -> None:
    """Return when the event names a new key as it is, and no key but a notary's gives way to a notary's."""
    notaries = [(one["name"], one["key_id"]) for one in listed if one["role"] == NOTARY]
    try:
        name, key_id, _ = parse(str(details.get("vkey")))
    except InputMalformed:
        name, key_id = "", b""
    ends, is_notary = (name, details.get("ends")), details.get("role") == NOTARY
    has_right = {
        "trust": not ((is_notary and notaries) or details.keys() & {"to_size", "is_revoked"})
        and all(one["name"] != name for one in listed),
        "rotate": is_notary and ends in notaries[-1:],
        "revoke": is_notary and ends in notaries,
    }
    is_new = all(one["key_id"] != key_id.hex() for one in listed)
    is_as_named = (details.get("name"), details.get("key_id")) == (name, key_id.hex()) and name != ""
    sizes = [details.get("from_size"), *([] if event == "trust" else [details.get("to_size")])]
    is_as_named &= all(type(size) is int for size in sizes) and isinstance(details.get("role"), str)
    if not (has_right.get(event) and is_new and is_as_named):
        raise EvidenceBroken(
            f"entry {seq} has no right to change the keys", fix="keep the ledger; ask the notary by another way"
        )


def _verify_rotation(listed: list[dict[str, object]], details: dict[str, object], ended: str, to_size: int) -> None:
    signature = decoded(str(details.pop("signature", ""))) or b""
    said = canonical.entry({**details, "event": "rotate", "ends": ended, "to_size": to_size})
    signers = [str(one["vkey"]) for one in listed if one["key_id"] == ended and "is_revoked" not in one]
    if not signers:
        raise EvidenceBroken(f"key {ended} cannot hand over", fix="keep the ledger; ask the notary by another way")
    verify(signers[0], said, signature)
