"""Verify a Provender ledger, a proof of one decision, or the growth between two checkpoints.

This file is the whole verifier: the standard library and `duckdb`, nothing of Provender. Read it, then run it:

    python verify.py LEDGER [--vkey KEY] [--policy FILE] [--kept FILE] [--quick | --sample N]
    python verify.py --proof FILE --vkey KEY [--policy FILE]
    python verify.py --consistency FILE --vkey KEY [--vkey KEY]

KEY is the notary's public key as you got it by another way; without it the ledger's own word is taken. A second KEY is
of the newer checkpoint, where the notary's key was replaced between the two. --kept is a copy of tlog/checkpoint that
you took earlier: nothing under it may have changed since. Exit 0: all holds; 3: something does not,
and the first such thing is named; 2: the call is wrong.

What is checked: entries are gapless, canonical JSON, each names the hash of the one before; the lists of keys and
witnesses are those the entries make; every checkpoint is signed by the notary's key of its time and has the root
over its entries; cosignatures hold; tiles are what the entries make; every segment file has the hash its entry names;
every row hashes, through a tree of its segment, to the root its entry names. Specifications: RFC 6962 (trees),
RFC 8032 (Ed25519), RFC 8785 (canonical JSON), C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-tiles,
tlog-proof, tlog-policy.
"""

import argparse
import base64
import json
import random
import re
import sys
from collections.abc import Sequence
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any

TILE = 256  # rows or entries under one tile hash


class Broken(Exception):
    """Something does not hold; the message names it."""


# --- Merkle trees (RFC 6962, verification as in RFC 9162) -------------------------------------------------------------


def leaf(content: bytes) -> bytes:
    """Hash of a leaf."""
    return sha256(b"\x00" + content).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def tree(leaves: Sequence[bytes]) -> bytes:
    """Root over leaf hashes: split at the largest power of two below the number of leaves."""
    if not leaves:
        return sha256(b"").digest()
    stack: list[tuple[int, bytes]] = []  # (number of leaves, root of a complete subtree), sizes falling
    for one in leaves:
        size, root = 1, one
        while stack and stack[-1][0] == size:
            size, root = 2 * size, node(stack.pop()[1], root)
        stack.append((size, root))
    root = stack.pop()[1]
    while stack:
        root = node(stack.pop()[1], root)
    return root


def check_inclusion(start: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """RFC 9162, 2.1.3.2."""
    if not 0 <= index < size or any(len(one) != 32 for one in (start, root, *proof)):
        raise Broken("the inclusion proof is impossible")
    place, last, got = index, size - 1, start
    for one in proof:
        if last == 0:
            raise Broken("the inclusion proof is too long")
        if place & 1 or place == last:
            got = node(one, got)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            got = node(got, one)
        place, last = place >> 1, last >> 1
    if last or got != root:
        raise Broken("the inclusion proof leads to another root")


def check_consistency(size1: int, size2: int, proof: Sequence[bytes], root1: bytes, root2: bytes) -> None:
    """RFC 9162, 2.1.4.2; a tree of size 0 proves nothing and is refused."""
    if not 0 < size1 <= size2 or any(len(one) != 32 for one in (root1, root2, *proof)):
        raise Broken("the consistency proof is impossible")
    if size1 == size2:
        if proof or root1 != root2:
            raise Broken("two different trees of the same size")
        return
    path = [root1, *proof] if size1 & (size1 - 1) == 0 else list(proof)
    if not path:
        raise Broken("the consistency proof is too short")
    place, last = size1 - 1, size2 - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for one in path[1:]:
        if last == 0:
            raise Broken("the consistency proof is too long")
        if place & 1 or place == last:
            old, new = node(one, old), node(one, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node(new, one)
        place, last = place >> 1, last >> 1
    if last or old != root1 or new != root2:
        raise Broken("the consistency proof leads to other roots")


# --- Ed25519 (RFC 8032, 5.1; verification only, no secret is ever in here) --------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)  # of -1
Point = tuple[int, int, int, int]  # extended coordinates: X, Y, Z, T with x = X/Z, y = Y/Z, x*y = T/Z


def add(p: Point, q: Point) -> Point:
    """Sum of two points."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n: int, p: Point) -> Point:
    """`p` added `n` times."""
    q: Point = (0, 1, 1, 0)
    while n:
        if n & 1:
            q = add(q, p)
        p, n = add(p, p), n >> 1
    return q


def point(encoded: bytes) -> Point:
    """The point that 32 bytes encode."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        raise Broken("a key or signature is no point of the curve")
    u, v = y * y - 1, D * y * y + 1
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x - u) % P:
        x = x * ROOT % P
    if (v * x * x - u) % P or (x == 0 and sign):
        raise Broken("a key or signature is no point of the curve")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the key made that signature over the message."""
    if len(public) != 32 or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= ORDER:
        return False
    try:
        a, r = point(public), point(signature[:32])
    except Broken:
        return False
    k = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little") % ORDER
    left, right = times(s, BASE), add(r, times(k, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# --- Signed notes, checkpoints, policies ------------------------------------------------------------------------------

NOTARY, COSIGNATURE = b"\x01", b"\x04"
SIGNATURES = 100  # of a note, at most
CHECKPOINT = re.compile(r"([^\n]+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*")
VKEY = re.compile(r"([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)")


def public_key(vkey: str, kind: bytes) -> tuple[str, bytes, bytes]:
    """Name, key id and public key of NAME+ID+KEY."""
    found = VKEY.fullmatch(vkey)
    blob = decoded(found[3]) if found else b""
    if found is None or blob[:1] != kind or len(blob) != 33:
        raise Broken(f"not a public key: {vkey[:60]}")
    key_id = sha256(found[1].encode() + b"\n" + blob).digest()[:4]
    few = times(8, point(blob[1:]))  # the neutral point for keys that anyone can sign for
    if key_id.hex() != found[2] or (few[0] == 0 and few[1] == few[2]):
        raise Broken(f"not a public key: {vkey[:60]}")
    return found[1], key_id, blob[1:]


def decoded(encoded: str) -> bytes:
    """The bytes of base64; nothing when it is not the one way of writing them."""
    try:
        blob = base64.b64decode(encoded, validate=True)
    except ValueError:
        return b""
    return blob if base64.b64encode(blob).decode() == encoded else b""


def split_note(content: bytes, what: str) -> tuple[str, dict[tuple[str, bytes], bytes]]:
    """Text and signatures (by name and key id) of a note; of two by one key the first counts."""
    try:
        said = content.decode()
        text, gap, lines = said.rpartition("\n\n")
        found: dict[tuple[str, bytes], bytes] = {}
        rows = lines.removesuffix("\n").split("\n")
        for line in rows:
            dash, name, encoded = line.split(" ")
            blob = decoded(encoded)
            if dash != "—" or not name or "+" in name or any(map(str.isspace, name)) or len(blob) < 5:
                raise ValueError(line)
            found.setdefault((name, blob[:4]), blob[4:])
        is_note = bool(gap and lines.endswith("\n") and len(rows) <= SIGNATURES)
        is_note = is_note and not re.search(r"[\x00-\x09\x0b-\x1f]", said)
    except ValueError:
        is_note = False
    if not is_note:
        raise Broken(f"{what} is not a signed note")
    return f"{text}\n", found


def checkpoint(content: bytes, vkey: str, what: str) -> tuple[str, int, bytes]:
    """Text, size and root of a note that the key has signed."""
    name, key_id, public = public_key(vkey, NOTARY)
    text, signatures = split_note(content, what)
    if not is_signed(public, text.encode(), signatures.get((name, key_id), b"")):
        raise Broken(f"{what} lacks a valid signature of {name}")
    found = CHECKPOINT.fullmatch(text)
    if found is None or found[1] != name or len(decoded(found[3])) != 32:
        raise Broken(f"{what} is not a checkpoint of {name}")
    return text, int(found[2]), decoded(found[3])


def has_cosigned(content: bytes, vkey: str, what: str) -> bool:
    """Whether that witness has cosigned the note (cosignature/v1)."""
    name, key_id, public = public_key(vkey, COSIGNATURE)
    text, signatures = split_note(content, what)
    if (name, key_id) not in signatures:
        return False
    blob = signatures[name, key_id]
    message = f"cosignature/v1\ntime {int.from_bytes(blob[:8], 'big')}\n{text}".encode()
    if blob[:1] > b"\x7f" or not is_signed(public, message, blob[8:]):
        raise Broken(f"{what} holds a cosignature of {name} that does not fit")
    return True


Policy = tuple[dict[str, str], dict[str, tuple[int, list[str]]], str]


def read_policy(text: str) -> Policy:
    """Witness keys by name, groups (threshold, members) by name, and the name that is the quorum."""
    witnesses: dict[str, str] = {}
    groups: dict[str, tuple[int, list[str]]] = {}
    publics: list[bytes] = []
    quorum = ""
    for line in text.split("\n"):
        kind, *words = [word for word in line.replace("\t", " ").split(" ") if word] or ["#"]
        names = {*witnesses, *groups, "none"}
        if kind == "log" and len(words) in (1, 2):
            publics.append(public_key(words[0], NOTARY)[2] + NOTARY)
        elif kind == "witness" and len(words) in (2, 3) and words[0] not in names:
            publics.append(public_key(words[1], COSIGNATURE)[2] + COSIGNATURE)
            witnesses[words[0]] = words[1]
        elif kind == "group" and len(words) > 2 and words[0] not in names:
            groups[words[0]] = read_group(words[1], words[2:], names - {"none"}, groups)
        elif kind == "quorum" and len(words) == 1 and words[0] in names and not quorum:
            quorum = words[0]
        elif not kind.startswith("#"):
            raise Broken(f"the policy has a line that is none: {kind}")
    if not quorum or len(set(publics)) < len(publics):
        raise Broken("the policy has no quorum, or a key twice")
    return witnesses, groups, quorum


def read_group(
    count: str, members: list[str], names: set[str], before: dict[str, tuple[int, list[str]]]
) -> tuple[int, list[str]]:
    """Threshold and members of a group: each is defined before, and belongs to one group."""
    named = {"any": 1, "all": len(members)}
    threshold = named.get(count) or (int(count) if re.fullmatch("[0-9]{1,9}", count) else 0)
    free = names - {one for _, others in before.values() for one in others}
    if not 1 <= threshold <= len(members) or not free.issuperset(members) or len(set(members)) < len(members):
        raise Broken("the policy has a line that is none: group")
    return threshold, members


def is_witnessed(content: bytes, policy: str, what: str) -> bool:
    """Whether a quorum of the policy has cosigned; a policy without one asks for nobody and proves nothing."""
    witnesses, groups, quorum = read_policy(policy)
    given = {name for name, vkey in witnesses.items() if has_cosigned(content, vkey, what)}

    def has(name: str) -> bool:
        threshold, members = groups.get(name, (1, []))
        return name in given or (bool(members) and sum(map(has, members)) >= threshold)

    return quorum != "none" and has(quorum)


# --- The log ----------------------------------------------------------------------------------------------------------


TEXTS = "kind key actor run stage source_id code config schema path file_sha256 rows_root prev".split()
FIELDS: dict[str, tuple[type, ...]] = dict.fromkeys(TEXTS, (str,))
FIELDS |= {"at_us": (int,), "rows": (int,), "models": (dict,), "details": (dict,), "rollup": (dict,)}
FIELDS |= {"batch": (int, type(None)), "min_doc": (str, type(None)), "max_doc": (str, type(None))}
SEGMENT = re.compile(r"seg/([a-z_]+)/[0-9]{6}/([0-9a-f]{64})\.parquet")
PLACES = re.compile(
    r"log/|seg/|derived/|swept/|keys/(trusted-keys\.json|policy\.tlog)$"
    r"|tlog/(checkpoint$|tile/|checkpoints/|cosignatures/)"
)


def canonical(content: object) -> bytes:
    """Sorted compact JSON, as RFC 8785 has it for what entries hold (no floats)."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def is_restricted(content: object) -> bool:
    """Whether JSON is of what all write alike: no floats, no large integers, no control characters, plain names."""
    if isinstance(content, dict):
        return all(not re.search("[\ud800-\U0010ffff]", k) and is_restricted([k, v]) for k, v in content.items())
    if isinstance(content, list):
        return all(map(is_restricted, content))
    if isinstance(content, str):
        return not re.search("[\x00-\x1f\ud800-\udfff]", content)
    return content is None or (isinstance(content, int) and abs(content) < 2**53)


def is_named_right(one: dict[str, Any]) -> bool:
    """Whether an entry names no segment, or one in the folder of its kind under its own hash."""
    found, documents = SEGMENT.fullmatch(one["path"]), (one["min_doc"], one["max_doc"])
    if found is None:
        empty = ("path", "file_sha256", "rows_root", "rows", "schema", "rollup")
        return documents == (None, None) and not any(one[n] for n in empty)
    is_hashed = all(re.fullmatch("[0-9a-f]{64}", one[n]) for n in ("rows_root", "schema"))
    is_counted = one["rows"] >= 0 and all(doc is None or re.fullmatch("-?[0-9]{1,19}", doc) for doc in documents)
    return found.groups() == (one["kind"], one["file_sha256"]) and is_hashed and is_counted


def check_layout(ledger: Path) -> None:
    """The folder holds plain files in their places: a link leads elsewhere, and elsewhere can change."""
    for path in sorted(ledger.rglob("*")):
        name = path.relative_to(ledger).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise Broken(f"{name} is a link or no plain file")
        if path.is_file() and not PLACES.match(name) and not path.name.startswith(".tmp-"):
            raise Broken(f"{name} is no part of a ledger")


def files_below(folder: Path) -> list[str]:
    """Names of all files, sorted; temporary files of writers left out."""
    found = (p for p in folder.rglob("*") if p.is_file() and not p.name.startswith(".tmp-"))
    return sorted(p.relative_to(folder).as_posix() for p in found)


def read_log(ledger: Path) -> list[bytes]:
    """The bytes of all entries."""
    contents: list[bytes] = []
    while True:
        digits = f"{len(contents):012d}"
        path = ledger / "log/entries" / digits[:3] / digits[3:6] / f"{digits[6:]}.json"
        if not path.exists():
            break
        contents.append(path.read_bytes())
    known = {f"entries/{d[:3]}/{d[3:6]}/{d[6:]}.json" for d in (f"{n:012d}" for n in range(len(contents)))}
    strange = [name for name in files_below(ledger / "log") if name not in known]
    if strange:
        raise Broken(f"entry {len(contents)} is missing, but log/{strange[0]} is there")
    return contents


def read_entries(contents: Sequence[bytes]) -> list[dict[str, Any]]:
    """The entries, each canonical and chained to the one before."""
    found: list[dict[str, Any]] = []
    for number, content in enumerate(contents):
        try:
            said = json.loads(content)
            is_canonical = isinstance(said, dict) and canonical(said) == content and is_restricted(said)
            is_canonical = is_canonical and all(n in said and type(said[n]) in kinds for n, kinds in FIELDS.items())
        except (ValueError, RecursionError):
            is_canonical = False
        if not is_canonical:
            raise Broken(f"entry {number} is not the JSON that the log writes")
        if not is_named_right(said):
            raise Broken(f"entry {number} names a segment that is not where its kind and hash say")
        found.append(said)
    check_chain(contents, [said["prev"] for said in found])
    first: dict[str, int] = {}
    for number, said in enumerate(found):
        if first.setdefault(said["key"], number) != number:
            raise Broken(f"entry {number} repeats the key of entry {first[said['key']]}")
    return found


def check_chain(contents: Sequence[bytes], prevs: Sequence[str]) -> None:
    """Each entry names the hash of the one before; where one does not, the next tells which of the two was changed."""
    before = "0" * 64
    for number, content in enumerate(contents):
        own = sha256(content).hexdigest()
        if prevs[number] != before:
            if number and number == len(contents) - 1:
                raise Broken(f"entry {number - 1} or {number} was changed: the latter names another hash")
            if number == 0 or prevs[number + 1] != own:
                raise Broken(f"entry {number} was changed: it names another hash of the one before")
            raise Broken(f"entry {number - 1} was changed: entry {number} names another hash of it")
        before = own


def has_right(listed: list[dict[str, Any]], details: dict[str, Any], event: str) -> bool:
    """Whether a key event names a new key as it is, and no key but a notary's gives way to a notary's."""
    try:
        name, key_id, _ = public_key(str(details.get("vkey")), NOTARY)
    except Broken:
        return False
    sizes = [details.get("from_size")] + ([] if event == "trust" else [details.get("to_size")])
    is_typed = all(type(n) is int for n in sizes) and isinstance(details.get("role"), str)
    if not is_typed or (details.get("name"), details.get("key_id")) != (name, key_id.hex()):
        return False
    notaries = [(one["name"], one["key_id"]) for one in listed if one["role"] == "notary"]
    if any(one["key_id"] == key_id.hex() for one in listed):
        return False
    is_notary, ends = details.get("role") == "notary", (name, details.get("ends"))
    if event == "trust":
        is_free = all(one["name"] != name for one in listed) and not details.keys() & {"to_size", "is_revoked"}
        return is_free and not (is_notary and notaries)
    return is_notary and ends in {"rotate": notaries[-1:], "revoke": notaries}.get(event, [])


def read_keys(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The trusted keys that the entries make: trust, rotate (signed by the key that ends), revoke."""
    listed: list[dict[str, Any]] = []
    for seq, one in enumerate(entries):
        if one["kind"] != "key_events":
            continue
        details = dict(one["details"])
        event = str(details.pop("event", "trust"))
        if not has_right(listed, details, event):
            raise Broken(f"entry {seq} has no right to change the keys")
        if event == "trust":
            listed.append(details)
            continue
        if event == "rotate":
            signature = decoded(str(details.pop("signature", "")))
            said = canonical({**details, "event": event})
            ends = [k for k in listed if k["key_id"] == details["ends"] and "is_revoked" not in k]
            if not ends or not is_signed(public_key(ends[0]["vkey"], NOTARY)[2], said, signature):
                raise Broken(f"entry {seq} hands the notary's key over without the old key's signature")
            details["from_size"] = details["to_size"] = seq + 1
        mark = {"to_size": details.pop("to_size")} | ({"is_revoked": True} if event == "revoke" else {})
        ended = details.pop("ends")
        listed = [k | mark if k["key_id"] == ended else k for k in listed] + [details]
    return listed


def check_lists(ledger: Path, entries: Sequence[dict[str, Any]], listed: list[dict[str, Any]]) -> None:
    """The files under keys/ are what the entries make."""
    expected = json.dumps({"keys": listed}, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"
    path = ledger / "keys/trusted-keys.json"
    if (path.exists() or listed) and (not path.exists() or path.read_bytes() != expected):
        raise Broken("keys/trusted-keys.json names other keys than the log")
    policies, path = policies_of(entries), ledger / "keys/policy.tlog"
    if (path.read_bytes() if path.exists() else None) != (policies[-1].encode() if policies else None):
        raise Broken("keys/policy.tlog is not the policy that the log has adopted")


def policies_of(entries: Sequence[dict[str, Any]]) -> list[str]:
    """Every policy that the log has adopted."""
    found = []
    for seq, one in enumerate(entries):
        if one["kind"] == "policies":
            lines = one["details"].get("lines")
            found.append("\n".join(map(str, lines if isinstance(lines, list) else [])) + "\n")
            try:
                read_policy(found[-1])
            except Broken as e:
                raise Broken(f"entry {seq} adopts a policy that is none") from e
    return found


def notaries_of(listed: list[dict[str, Any]], vkey: str | None) -> list[dict[str, Any]]:
    """The notary's keys, oldest first; the one known from outside is among them and nothing since was revoked."""
    found = [one for one in listed if one["role"] == "notary"]
    if vkey is not None:
        places = [i for i, one in enumerate(found) if one["vkey"] == vkey]
        if not places:
            raise Broken("the ledger's notary is not the one you know")
        if any("is_revoked" in one for one in found[places[0] :]):
            raise Broken("the notary's key that you know was revoked: ask for the new one by another way")
    return found


def check_checkpoint(
    content: bytes, notaries: list[dict[str, Any]], leaves: Sequence[bytes], size: int
) -> tuple[bytes, bool]:
    """Root of a checkpoint, and whether only a revoked key stands for it."""
    what = f"checkpoint {size:012d}"
    _, signatures = split_note(content, what)
    signers = [one for one in notaries if public_key(one["vkey"], NOTARY)[:2] in signatures]
    if not signers or len(signers) != content.rpartition(b"\n\n")[2].count(b"\n"):
        raise Broken(f"{what} lacks a signature of the notary, or holds one of a stranger")
    for one in signers:
        _, said, root = checkpoint(content, one["vkey"], what)
    if said != size:
        raise Broken(f"{what} signs size {said}")
    valid = [one for one in signers if one.get("from_size", 0) <= size or one is notaries[0]]
    in_time = [one for one in valid if size <= one.get("to_size", size)]
    if not in_time and not any("is_revoked" in one for one in signers):
        raise Broken(f"{what} is signed by a key that did not count at that size")
    if size > len(leaves):
        raise Broken(f"{what} signs {size} entries, the log has {len(leaves)}")
    if tree(leaves[:size]) != root:
        raise Broken(f"{what} signs another root: one of entries 0 to {size - 1} was changed")
    return root, not any("is_revoked" not in one for one in in_time)


def check_signed(
    ledger: Path, contents: Sequence[bytes], entries: Sequence[dict[str, Any]], vkey: str | None, policy: str | None
) -> dict[str, Any]:
    """Every checkpoint and cosignature; what they prove."""
    leaves = [leaf(content) for content in contents]
    listed = read_keys(entries)
    check_lists(ledger, entries, listed)
    adopted = policies_of(entries)
    known = {
        k: v
        for text in adopted
        for k, v in ((public_key(w, COSIGNATURE)[1].hex(), w) for w in read_policy(text)[0].values())
    }
    rule = policy if policy is not None else adopted[-1] if adopted else "quorum none"
    names = files_below(ledger / "tlog/checkpoints")
    report: dict[str, Any] = {"checkpoints": len(names), "signed": 0, "root": "", "witnessed": 0, "disowned": 0}
    notaries = notaries_of(listed, vkey) if names else []
    shown: dict[bytes, set[bytes]] = {}
    for name in names:
        if not re.fullmatch("[0-9]{12}", name):
            raise Broken(f"tlog/checkpoints/{name} is no checkpoint")
        content = (ledger / "tlog/checkpoints" / name).read_bytes()
        root, is_revoked = check_checkpoint(content, notaries, leaves, int(name))
        lines = []
        for cosigner in files_below(ledger / "tlog/cosignatures" / name):
            line = (ledger / "tlog/cosignatures" / name / cosigner).read_bytes()
            what = f"cosignature {cosigner} of checkpoint {name}"
            if (
                cosigner not in known
                or line.count(b"\n") != 1
                or not has_cosigned(content + line, known[cosigner], what)
            ):
                raise Broken(f"{what} does not hold")
            lines.append(line)
        shown[content] = set(lines)
        is_met = is_witnessed(content + b"".join(lines), rule, f"checkpoint {name}")
        report["witnessed"] = int(name) if is_met else report["witnessed"]
        report["disowned"] += is_revoked and not is_met
        if is_met or not is_revoked:
            report |= {"signed": int(name), "root": root.hex()}
    for name in files_below(ledger / "tlog/cosignatures"):
        if name.split("/")[0] not in names:
            raise Broken(f"tlog/cosignatures/{name} is of no checkpoint")
    check_shown(ledger, shown)
    check_tiles(ledger, contents, leaves, int(names[-1]) if names else 0)
    return report


def check_shown(ledger: Path, kept: dict[bytes, set[bytes]]) -> None:
    """tlog/checkpoint is a kept checkpoint with cosignatures of it."""
    path = ledger / "tlog/checkpoint"
    content = path.read_bytes() if path.exists() else b""
    for note, lines in kept.items():
        added = content[len(note) :].splitlines(keepends=True)
        if content.startswith(note) and set(added) <= lines and len(set(added)) == len(added):
            return
    if kept or content:
        raise Broken("tlog/checkpoint is not one of the kept checkpoints")


def tile_name(kind: str, number: int, width: int) -> str:
    """The name of a tile: groups of three digits, all but the last with an x; partial ones end in their width."""
    digits = f"{number:03d}".zfill(-(-len(f"{number:03d}") // 3) * 3)
    parts = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    return "/".join([kind, *(f"x{p}" for p in parts[:-1]), parts[-1]]) + (f".p/{width}" if width < TILE else "")


def check_tiles(ledger: Path, contents: Sequence[bytes], leaves: Sequence[bytes], size: int) -> None:
    """Tiles (C2SP tlog-tiles) are what the entries make; none that the newest checkpoint needs is missing."""
    levels = [list(leaves)]
    while len(levels[-1]) >= TILE:
        above = levels[-1]
        levels.append([tree(above[i : i + TILE]) for i in range(0, len(above) - TILE + 1, TILE)])
    found = set(files_below(ledger / "tlog/tile"))
    for name in sorted(found):
        match = re.fullmatch(r"(entries|0|[1-9][0-9]*)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", name)
        expected = None
        number, width = (int(re.sub("[x/]", "", match[2])), int(match[3] or TILE)) if match else (0, 0)
        if match and tile_name(match[1], number, width) == name:
            first = number * TILE
            if match[1] == "entries":
                group = [len(one).to_bytes(2, "big") + one for one in contents[first : first + width]]
            else:
                group = levels[int(match[1])][first : first + width] if int(match[1]) < len(levels) else []
            expected = b"".join(group) if len(group) == width else None
        if expected is None or (ledger / "tlog/tile" / name).read_bytes() != expected:
            raise Broken(f"tlog/tile/{name} is not what the log's entries make of it")
    counts = {"entries": size, "0": size}
    level = 0
    while (below := counts[str(level)] // TILE) > 0:
        level += 1
        counts[str(level)] = below
    for kind, n in counts.items():
        for number in range(-(-n // TILE)):
            name = tile_name(kind, number, min(TILE, n - number * TILE))
            if name not in found:
                raise Broken(f"tlog/tile/{name} is missing")


# --- Segments ---------------------------------------------------------------------------------------------------------

TYPES = {"INT64": "int64", "INT32": "int32", "BOOLEAN": "bool", "BYTE_ARRAY": "binary"}


def schema_of(connection: Any, path: Path) -> list[list[str]]:
    """Column names and types, as the schema id hashes them; a type that no ledger column has is named as Parquet does.

    A date is a whole number to Parquet and a date to SQL, so the annotation counts, and nested columns are none.
    """
    found = connection.execute(
        "select name, type, type_length, coalesce(converted_type, logical_type), num_children, repetition_type"
        " from parquet_schema(?)",
        [str(path)],
    ).fetchall()
    columns = []
    for name, kind, length, meaning, children, repetition in found[1:]:
        plain = f"fixed_size_binary[{length}]" if kind == "FIXED_LEN_BYTE_ARRAY" else TYPES.get(kind, str(kind))
        is_text = kind == "BYTE_ARRAY" and meaning == "UTF8"
        is_known = not children and repetition != "REPEATED" and (is_text or meaning is None)
        columns.append([name, ("string" if is_text else plain) if is_known else f"{kind} {meaning} {children}"])
    return columns


def refuse_notes(connection: Any, path: Path) -> None:
    """Key-value metadata may tell some readers of other columns than there are (ARROW:schema): a segment has none."""
    import duckdb  # noqa: PLC0415  proofs are checked without it

    if connection.execute("select count(*) from parquet_kv_metadata(?)", [str(path)]).fetchall()[0][0]:
        raise duckdb.InvalidInputException("notes beside the rows")


def row_text(columns: list[list[str]]) -> str:
    """The SQL of a row's text: BIGINT as a string, blobs in lower hex."""
    forms = {"int64": '"{}"::varchar', "int32": '"{}"', "bool": '"{}"', "string": '"{}"'}
    return "json_array(" + ", ".join(forms.get(kind, 'lower(hex("{}"))').format(name) for name, kind in columns) + ")"


def leaves_of(connection: Any, path: Path, columns: list[list[str]]) -> list[bytes]:
    """Leaf hashes of all rows, in order, computed in SQL."""
    sql = f"""select unhex(sha256(chr(0) || {row_text(columns)}::varchar))
        from read_parquet(?, file_row_number = true, hive_partitioning = false) order by file_row_number"""
    return [bytes(row[0]) for row in connection.execute(sql, [str(path)]).fetchall()]


def check_segment(connection: Any, ledger: Path, seq: int, one: dict[str, Any], *, with_rows: bool) -> int:
    """One segment file; how many rows were recomputed."""
    import duckdb  # noqa: PLC0415  proofs are checked without it

    name, path = f"segment {one['path']} of entry {seq}", ledger / one["path"]
    if not path.exists():
        raise Broken(f"{name} is missing")
    tiles: list[bytes] = []
    if one["rows"] > TILE:
        kept = path.with_suffix(".tile8")
        if not kept.exists():
            raise Broken(f"{name} has lost its .tile8 file")
        run = kept.read_bytes()
        tiles = [run[i : i + 32] for i in range(0, len(run), 32)]
    if sha256(path.read_bytes()).hexdigest() != one["file_sha256"]:
        raise Broken(f"{name} was changed: {first_bad(connection, path, one, tiles)}")
    if one["rows"] > TILE and tree(tiles).hex() != one["rows_root"]:
        raise Broken(f"the .tile8 file of {name} was changed, the segment was not")
    if not with_rows:
        return 0
    try:
        refuse_notes(connection, path)
        columns = schema_of(connection, path)
        if sha256(canonical(columns)).hexdigest() != one["schema"]:
            raise Broken(f"{name} has other columns than the entry says")
        found = leaves_of(connection, path, columns)
        low_high, totals = told_of(connection, path, columns, one["kind"])
    except duckdb.Error as e:
        raise Broken(f"{name} is not rows in Parquet alone, though its hash holds") from e
    if len(found) != one["rows"]:
        where = first_bad(connection, path, one, tiles)
        raise Broken(f"{name} has {len(found)} rows, the entry says {one['rows']}: {where}")
    if tree(found).hex() != one["rows_root"]:
        raise Broken(f"{name} has rows of another root: {first_bad(connection, path, one, tiles)}")
    if low_high != (one["min_doc"], one["max_doc"]):
        raise Broken(f"{name} holds other documents than the entry says")
    if totals != one["rollup"]:
        raise Broken(f"{name} has other totals than the entry says")
    return len(found)


def told_of(connection: Any, path: Path, columns: list[list[str]], kind: str) -> tuple[tuple[Any, Any], dict[str, Any]]:
    """What an entry says of its rows: least and greatest document; rows by outcome and rule, personal items by type."""
    names = [name for name, _ in columns]

    def asked(sql: str) -> list[Any]:
        found: list[Any] = connection.execute(
            sql.format("read_parquet(?, hive_partitioning = false)"), [str(path)]
        ).fetchall()
        return found

    low_high = (
        asked("select min(doc_id)::varchar, max(doc_id)::varchar from {}")[0] if "doc_id" in names else (None, None)
    )
    if kind not in ("decisions", "source_decisions"):
        return low_high, {}
    outcomes: dict[str, dict[str, int]] = {}
    for outcome, rule, n in asked("select outcome, rule_id, count(*) from {} group by all"):
        outcomes.setdefault(outcome, {})[rule] = n
    pii: dict[str, int] = {}
    found = (
        asked("select pii_counts, count(*) from {} where pii_counts is not null group by all")
        if "pii_counts" in names
        else []
    )
    for counts, times_ in found:
        for part in filter(None, counts.split(";")):
            word, _, n = part.partition("=")
            pii[word] = pii.get(word, 0) + int(n.partition(":")[0]) * times_
    return low_high, {"outcomes": outcomes, "pii": pii}


def first_bad(connection: Any, path: Path, one: dict[str, Any], tiles: list[bytes]) -> str:
    """Where a damaged segment differs from its tile hashes, if it can still be read.

    A tile hash covers 256 rows, so it is the tile that can be named; rows after the last one are named exactly.
    """
    try:
        found = leaves_of(connection, path, schema_of(connection, path))
    except Exception:  # noqa: BLE001  whatever the damage does to the reader
        return "its rows cannot be read"
    n, expected = one["rows"], tiles or [bytes.fromhex(one["rows_root"])]
    if tree(expected).hex() != one["rows_root"]:
        return "its .tile8 file was changed, too"
    for low, tile in zip(range(0, max(n, 1), TILE), expected, strict=False):
        high = min(low + TILE, n) - 1
        if tree(found[low : high + 1]) != tile:
            return f"first bad row {low}" if low == high else f"first bad row among rows {low} to {high}"
    return "its rows are whole, bytes around them are not" if len(found) == n else f"first bad row {n}"


def check_segments(ledger: Path, entries: Sequence[dict[str, Any]], sample: int | None) -> dict[str, int]:
    """Every segment; `sample` is of how many the rows are recomputed, None for all."""
    import duckdb  # noqa: PLC0415  proofs are checked without it

    first: dict[str, tuple[int, dict[str, Any]]] = {}
    for seq, one in enumerate(entries):
        if one["path"]:
            known = first.setdefault(one["path"], (seq, one))[1]
            if any(known[n] != one[n] for n in ("file_sha256", "rows_root", "rows", "schema")):
                raise Broken(f"entry {seq} says something else about {one['path']} than an earlier entry")
    numbers = [seq for seq, _ in first.values()]
    chosen = set(numbers if sample is None else random.SystemRandom().sample(numbers, min(sample, len(numbers))))
    connection = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    verified = 0
    for done, (seq, one) in enumerate(first.values(), 1):
        verified += check_segment(connection, ledger, seq, one, with_rows=seq in chosen)
        if sys.stderr.isatty() and done % 50 == 0:
            print(f"\r{done} of {len(first)} segments", end="", file=sys.stderr)
    return {"segments": len(first), "rows": sum(one["rows"] for _, one in first.values()), "rows_verified": verified}


# --- Proofs -----------------------------------------------------------------------------------------------------------


def check_proof(content: str, vkey: str, policy: str | None) -> str:
    """A proof of one decision (C2SP tlog-proof; the row half in `extra`); what it proves."""
    head, _, note = content.partition("\n\n")
    lines = head.split("\n")
    if lines[0] != "c2sp.org/tlog-proof@v1" or not lines[1].startswith("extra ") or not lines[2].startswith("index "):
        raise Broken("not a proof of a decision")
    extra, index = json.loads(base64.b64decode(lines[1][6:])), int(lines[2][6:])
    _, size, root = checkpoint(note.encode(), vkey, "the proof's checkpoint")
    outer = [base64.b64decode(one) for one in lines[3:]]
    written = [f"extra {base64.b64encode(canonical(extra)).decode()}", f"index {index}"]
    known = {"entry", "schema", "row", "row_index", "proof"}
    if set(extra) != known or lines[1:] != written + [base64.b64encode(one).decode() for one in outer]:
        raise Broken("the proof is not as it was written")
    check_inclusion(leaf(extra["entry"].encode()), index, size, outer, root)
    entry = json.loads(extra["entry"])
    rows = bytes.fromhex(entry["rows_root"])
    path = [bytes.fromhex(one) for one in extra["proof"]]
    if [one.hex() for one in path] != extra["proof"]:
        raise Broken("the proof is not as it was written")
    check_inclusion(leaf(extra["row"].encode()), extra["row_index"], entry["rows"], path, rows)
    if sha256(canonical(extra["schema"])).hexdigest() != entry["schema"]:
        raise Broken("the proof names other columns than the entry")
    if policy is not None and not is_witnessed(note.encode(), policy, "the proof's checkpoint"):
        raise Broken("no quorum of your policy has cosigned the proof's checkpoint")
    names = [name for name, _ in extra["schema"]]
    row = {k: v for k, v in zip(names, json.loads(extra["row"]), strict=True) if v is not None}
    return f"entry {index} of {size}, stage {entry['stage']}, run {entry['run']}: {json.dumps(row, ensure_ascii=False)}"


def check_growth(content: str, vkey: str, policy: str | None, new_vkey: str | None = None) -> str:
    """A proof that one checkpoint's log is a beginning of another's, whose key may be a later one; what it proves."""
    said = json.loads(content)
    _, size1, root1 = checkpoint(said["old"].encode(), vkey, "the old checkpoint")
    _, size2, root2 = checkpoint(said["new"].encode(), new_vkey or vkey, "the new checkpoint")
    check_consistency(size1, size2, [bytes.fromhex(one) for one in said["proof"]], root1, root2)
    if policy is not None and not is_witnessed(said["new"].encode(), policy, "the new checkpoint"):
        raise Broken("no quorum of your policy has cosigned the new checkpoint")
    return f"the log of {size1} entries is a beginning of the log of {size2}"


def check_kept(content: bytes, contents: Sequence[bytes], entries: Sequence[dict[str, Any]]) -> int:
    """The size of a checkpoint that you took earlier, when the log still begins with what it signs."""
    what = "the checkpoint that you kept"
    _, signatures = split_note(content, what)
    signers = [one["vkey"] for one in read_keys(entries) if public_key(one["vkey"], NOTARY)[:2] in signatures]
    if not signers:
        raise Broken(f"{what} is signed by no key of this ledger")
    _, size, root = checkpoint(content, signers[0], what)
    if size > len(contents):
        raise Broken(f"{what} signs {size} entries, the log has {len(contents)}: entries were taken away")
    if tree([leaf(one) for one in contents[:size]]) != root:
        raise Broken(f"{what} signs another root: one of entries 0 to {size - 1} was changed since")
    return size


def check_ledger(
    ledger: Path, vkey: str | None, policy: str | None, sample: int | None, kept: bytes | None = None
) -> dict[str, Any]:
    """Everything."""
    contents = read_log(ledger)
    entries = read_entries(contents)
    check_layout(ledger)
    report = {"entries": len(contents), **check_signed(ledger, contents, entries, vkey, policy)}
    if kept is not None:
        report["kept"] = check_kept(kept, contents, entries)
    return report | check_segments(ledger, entries, sample) | {"unsigned": len(contents) - report["signed"]}


def main() -> int:
    """Run as a program."""
    parser = argparse.ArgumentParser(description="Verify a Provender ledger or a proof from it.")
    parser.add_argument("ledger", nargs="?", type=Path, help="the ledger folder")
    parser.add_argument("--vkey", action="append", help="the notary's public key as you got it by another way")
    parser.add_argument("--policy", type=Path, help="whose cosignatures you want (C2SP tlog-policy)")
    parser.add_argument("--proof", type=Path, help="a .tlog-proof file")
    parser.add_argument("--consistency", type=Path, help="a consistency proof between two checkpoints")
    parser.add_argument("--kept", type=Path, help="a copy of tlog/checkpoint that you took earlier")
    scope = parser.add_mutually_exclusive_group()
    scope.add_argument("--quick", action="store_true", help="files, log and signatures; no rows")
    scope.add_argument("--sample", type=int, metavar="N", help="the rows of N segments, drawn afresh")
    given = parser.parse_args()
    if sum(one is not None for one in (given.ledger, given.proof, given.consistency)) != 1:
        parser.error("give a ledger, or --proof, or --consistency")
    if given.ledger is None and given.vkey is None:
        parser.error("a proof needs --vkey: it cannot vouch for its own signer")
    vkey, *newer = given.vkey or [None]
    if len(newer) > (given.consistency is not None):
        parser.error("one --vkey; two only with --consistency")
    try:
        policy = given.policy.read_text(encoding="utf-8") if given.policy else None
        if given.proof:
            print(f"holds: {check_proof(given.proof.read_bytes().decode(), vkey, policy)}")
            return 0
        if given.consistency:
            print(f"holds: {check_growth(given.consistency.read_bytes().decode(), vkey, policy, *newer)}")
            return 0
        if not given.ledger.is_dir():
            parser.error(f"no folder {given.ledger}")
        sample = 0 if given.quick else given.sample
        kept = given.kept.read_bytes() if given.kept else None
        print("holds:", json.dumps(check_ledger(given.ledger, vkey, policy, sample, kept), indent=1))
    except Broken as e:
        print(f"BROKEN: {e}", file=sys.stderr)
        return 3
    except OSError as e:
        parser.error(f"{e.filename} cannot be read ({e.strerror})")
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, RecursionError) as e:
        print(f"BROKEN: not what a ledger or proof holds ({type(e).__name__})", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
