"""Whose keys count, and whether two people have approved. The rule of four eyes is here and nowhere else."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from pipeline.errors import EvidenceBroken, InputMalformed, NotApproved, UsageError
from pipeline.ledger import keys, notes, policy
from pipeline.ledger.policy import Policy
from pipeline.snapshots import envelope
from pipeline.store import files

ROLES = ("data-owner", "compliance")
"""Both roles must approve, each by a person of their own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trusted:
    """A public key that counts, in a role, for sizes of the log from `from_size` to `to_size`."""

    name: str
    vkey: str
    key_id: str
    role: str
    from_size: int
    to_size: int | None = None  # None: it counts today
    is_revoked: bool = False

    @property
    def public(self) -> bytes:
        """The key itself: the same person under two names has the same."""
        return keys.parse(self.vkey)[2]


@dataclass(frozen=True, kw_only=True, slots=True)
class Approval:
    """An approval whose signature holds."""

    seq: int
    key: Trusted
    signature: bytes
    at_us: int = 0


def trusted(listed: Iterable[Mapping[str, object]]) -> list[Trusted]:
    """Trusted keys of a list; name and key id come from the key, not from the list.

    Raises:
        InputMalformed: an entry without key or role, or with a key that is none.
    """
    found = []
    for one in listed:
        try:
            name, key_id, _ = keys.parse(str(one["vkey"]))
            role, start = str(one["role"]), int(str(one.get("from_size", 0)))
            end = int(str(one["to_size"])) if "to_size" in one else None
        except (KeyError, ValueError, AttributeError) as e:
            raise InputMalformed("a list of trusted keys cannot be read", fix="copy the ledger's list again") from e
        found.append(
            Trusted(
                name=name,
                vkey=str(one["vkey"]),
                key_id=key_id.hex(),
                role=role,
                from_size=start,
                to_size=end,
                is_revoked=one.get("is_revoked") is True,
            )
        )
    return found


def listed(known: Iterable[Trusted]) -> list[dict[str, object]]:
    """The list that `trusted` reads, without what it finds in the keys themselves."""
    return [
        {"vkey": k.vkey, "role": k.role, "from_size": k.from_size}
        | ({} if k.to_size is None else {"to_size": k.to_size})
        | ({"is_revoked": True} if k.is_revoked else {})
        for k in known
    ]


def of_ledger(ledger: Path) -> list[Trusted]:
    """The keys that a ledger trusts.

    Raises:
        EvidenceBroken: the list is not the one that the log has.
    """
    if files.read_if_any(keys.trusted_path(ledger)) not in (None, keys.trusted_bytes(ledger)):
        raise EvidenceBroken("keys/trusted-keys.json is not what the log says", fix="restore it; run provender verify")
    return trusted(keys.trusted(ledger))


def of_file(path: Path) -> list[Trusted]:
    """The keys of a list that a puller keeps: the form of a ledger's `keys/trusted-keys.json`.

    Raises:
        InputMalformed: not such a list.
    """
    try:
        return trusted(json.loads(files.read(path))["keys"])
    except (ValueError, KeyError, TypeError) as e:
        raise InputMalformed("the list of trusted keys cannot be read", fix="copy keys/trusted-keys.json") from e


def of_files(paths: Sequence[Path]) -> tuple[list[Trusted] | None, Policy | None]:
    """What a puller keeps of their own: a list of keys (JSON) and a policy of witnesses (C2SP), in any order.

    Raises:
        UsageError: two of a kind.
        InputMalformed: neither the one nor the other.
    """
    are_keys = [files.read(path).lstrip().startswith(b"{") for path in paths]
    lists = [path for path, is_list in zip(paths, are_keys, strict=True) if is_list]
    policies = [path for path, is_list in zip(paths, are_keys, strict=True) if not is_list]
    if len(lists) > 1 or len(policies) > 1:
        raise UsageError("two lists of keys, or two policies", fix="give --trust once for each kind")
    asked = policy.parse(files.read(policies[0]).decode("utf-8", "replace")) if policies else None
    return (of_file(lists[0]) if lists else None), asked


def notary(known: Sequence[Trusted]) -> Trusted:
    """The notary's key of now.

    Raises:
        NotApproved: none is trusted.
    """
    return notaries(known)[-1]


def notaries(known: Sequence[Trusted]) -> list[Trusted]:
    """All keys that the notary has had, oldest first.

    Raises:
        NotApproved: none is trusted.
    """
    found = [key for key in known if key.role == keys.NOTARY]
    if not found:
        raise NotApproved("no notary's key is trusted", fix="provender keys make notary --role notary")
    return found


def counting(signers: Sequence[Trusted], known: Sequence[Trusted], size: int) -> list[Trusted]:
    """Those of the notary's keys that count for a checkpoint of that size: a key that ended still stands for its time.

    A revoked one does not, whatever the size: only witnesses can say what it signed before it was stolen, and a
    snapshot's folder holds no cosignatures.

    Raises:
        NotApproved: none of them counts.
    """
    first = notaries(known)[0]
    found = [
        key
        for key in signers
        if not key.is_revoked
        and (key.from_size <= size or key == first)
        and (key.to_size is None or size <= key.to_size)
    ]
    if not found:
        raise NotApproved(
            f"the snapshot is signed by a key of the notary that was revoked or does not count at size {size}",
            fix="let its keeper publish it again: provender snapshot publish NAME@VERSION",
        )
    return found


def opened(content: bytes, known: Sequence[Trusted]) -> str:
    """The text of a note that one of the notary's keys has signed; a revoked one counts no more.

    Raises:
        EvidenceBroken: none of them has, or the signature does not fit.
        NotApproved: no notary's key is trusted, or the one that signed was revoked.
    """
    _, signatures = notes.split_note(content)
    signers = [key for key in notaries(known) if keys.parse(key.vkey)[:2] in signatures]
    mine = [key for key in signers if not key.is_revoked]
    if signers and not mine:
        raise NotApproved("a note is signed with a key that was revoked", fix="the notary has to sign it again")
    if not mine:
        raise EvidenceBroken(
            "a note lacks a valid signature of the notary you trust", fix="keep it; ask the data owner for the keys"
        )
    return notes.open_note(content, mine[-1].vkey)


def approval(row: Mapping[str, object], seq: int, manifest: bytes, known: Sequence[Trusted]) -> Approval:
    """The approval in a row of `approvals`, its signature verified over this manifest.

    Raises:
        NotApproved: the key is not trusted for that name and role.
        EvidenceBroken: the signature does not fit.
    """
    wanted = (row["actor"], row["role"], row["key_id"])
    found = [k for k in known if (k.name, k.role, k.key_id) == wanted and k.from_size <= seq]
    if not found:
        raise NotApproved(
            f"key {row['key_id']} of {row['actor']} is not trusted as {row['role']}",
            fix="trust it first: provender keys make NAME --role ROLE, or ask the snapshot's keeper for the list",
        )
    signature = row["signature"]
    if not isinstance(signature, bytes):
        raise EvidenceBroken(f"the approval of {row['actor']} is unsigned", fix="ask for the approval again")
    payload = envelope.statement(manifest, str(row["decision"]))
    keys.verify(found[0].vkey, envelope.encoding(payload), signature)
    return Approval(seq=seq, key=found[0], signature=signature, at_us=int(str(row["approved_at_us"])))


def require_four_eyes(approvals: Sequence[Approval]) -> None:
    """Return when two different people have approved in two different roles.

    Raises:
        NotApproved: they have not; says what is missing.
    """
    missing = [role for role in ROLES if role not in {a.key.role for a in approvals}]
    if missing:
        raise NotApproved(
            f"{len(approvals)} approval(s), none by {' or '.join(missing)}",
            fix=f"provender approve SNAPSHOT --as NAME --role {missing[0]} --key FILE",
        )
    for a, b in combinations(approvals, 2):
        is_two_people = a.key.name != b.key.name and a.key.public != b.key.public
        if is_two_people and {a.key.role, b.key.role} == set(ROLES):
            return
    raise NotApproved("both approvals are by the same person", fix="a second person has to approve")
