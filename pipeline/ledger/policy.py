"""Whose cosignatures are enough (C2SP tlog-policy): logs, witnesses, groups with thresholds, one quorum."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from hashlib import sha256

from pipeline.errors import InputMalformed
from pipeline.ledger import keys, log
from pipeline.store import files
from pipeline.store.files import Place

NOBODY = "none"
KIND = "policies"


@dataclass(frozen=True, kw_only=True, slots=True)
class Witness:
    """A cosigner: the name used in the policy, its key, and where it is asked (http(s):// or a drop folder)."""

    name: str
    vkey: str
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """A policy as read."""

    logs: tuple[str, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    groups: Mapping[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)  # name -> threshold, members
    quorum: str = NOBODY

    def is_met(self, cosigners: AbstractSet[str]) -> bool:
        """Whether these witnesses, by name, are a quorum."""
        return self._has_witnessed(self.quorum, cosigners)

    def _has_witnessed(self, name: str, cosigners: AbstractSet[str]) -> bool:
        if name == NOBODY or name in cosigners:
            return True
        threshold, members = self.groups.get(name, (1, ()))
        return sum(self._has_witnessed(member, cosigners) for member in members) >= threshold


def path(ledger: Place) -> Place:
    """The policy that the keeper of this ledger publishes. An auditor brings one of their own."""
    return ledger / "keys/policy.tlog"


def of_ledger(ledger: Place) -> Policy:
    """The ledger's policy; without a file nobody has to cosign."""
    content = files.read_if_any(path(ledger))
    return Policy() if content is None else parse(content.decode())


def adopt(ledger: Place, text: str, *, at_us: int, actor: str) -> int:
    """Make `text` the ledger's policy and say so in the log; the number of the entry.

    Raises:
        InputMalformed: it is not a policy.
    """
    quorum = parse(text).quorum
    lines = text.removesuffix("\n").split("\n")
    details = {"lines": lines, "quorum": quorum}
    digest = sha256(text.encode()).hexdigest()
    key = f"policy {digest} after {len(texts(ledger))}"
    seq = log.append(ledger, log.Entry(kind=KIND, key=key, at_us=at_us, actor=actor, details=details))
    files.write(path(ledger), texts(ledger)[-1].encode())
    return seq


def texts(ledger: Place) -> list[str]:
    """Every policy the log has adopted, oldest first; the last one is what `keys/policy.tlog` must be."""
    return [_text(one["details"]) for one in log.entries(ledger, kind=KIND)]


def _text(details: object) -> str:
    lines = details.get("lines") if isinstance(details, dict) else None
    return "\n".join(map(str, lines if isinstance(lines, list) else [])) + "\n"


@dataclass(slots=True)
class _Reading:
    logs: list[str] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    groups: dict[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    quorum: list[str] = field(default_factory=list)
    grouped: set[str] = field(default_factory=set)

    def names(self) -> set[str]:
        return {one.name for one in self.witnesses} | set(self.groups)


def parse(text: str) -> Policy:
    """The policy that `text` states.

    Raises:
        InputMalformed: names the line.
    """
    reading = _Reading()
    for number, line in enumerate(text.split("\n"), 1):
        words = line.replace("\t", " ").split(" ")
        words = [word for word in words if word]
        if words and not words[0].startswith("#"):
            _LINES.get(words[0], _unknown)(reading, words[1:], number)
    if len(reading.quorum) != 1:
        raise _malformed("the policy", f"has {len(reading.quorum)} quorum lines")
    return Policy(
        logs=tuple(reading.logs),
        witnesses=tuple(reading.witnesses),
        groups=reading.groups,
        quorum=reading.quorum[0],
    )


def _malformed(where: object, what: str) -> InputMalformed:
    return InputMalformed(f"policy, line {where}: {what}", fix="see C2SP tlog-policy: log, witness, group, quorum")


def _unknown(_: _Reading, __: Sequence[str], number: int) -> None:
    raise _malformed(number, "neither log, witness, group nor quorum")


def _log(reading: _Reading, words: Sequence[str], number: int) -> None:
    if len(words) not in (1, 2):
        raise _malformed(number, "log VKEY [URL]")
    _refuse_twice(reading.logs, words[0], number, keys.ED25519)
    reading.logs.append(words[0])


def _witness(reading: _Reading, words: Sequence[str], number: int) -> None:
    if len(words) not in (2, 3) or words[0] in reading.names() | {NOBODY}:
        raise _malformed(number, "witness NAME VKEY [URL], each name once")
    _refuse_twice([one.vkey for one in reading.witnesses], words[1], number, keys.COSIGNATURE)
    reading.witnesses.append(Witness(name=words[0], vkey=words[1], url=words[2] if len(words) > 2 else ""))


def _refuse_twice(known: Sequence[str], vkey: str, number: int, algorithm: bytes) -> None:
    public = keys.parse(vkey, algorithm)[2]
    if any(keys.parse(one, algorithm)[2] == public for one in known):
        raise _malformed(number, "the same key twice")


def _group(reading: _Reading, words: Sequence[str], number: int) -> None:
    if len(words) < 3 or words[0] in reading.names() | {NOBODY}:
        raise _malformed(number, "group NAME any|all|K MEMBER..., each name once")
    name, count, *members = words
    is_number = count.isascii() and count.isdecimal() and len(count) < 10
    threshold = {"any": 1, "all": len(members)}.get(count, int(count) if is_number else 0)
    if not set(members) <= reading.names() - reading.grouped or len(set(members)) < len(members):
        raise _malformed(number, "members are defined before, and each belongs to one group")
    if not 1 <= threshold <= len(members):
        raise _malformed(number, f"no {count} of {len(members)} members")
    reading.groups[name] = (threshold, tuple(members))
    reading.grouped |= set(members)


def _quorum(reading: _Reading, words: Sequence[str], number: int) -> None:
    if len(words) != 1 or words[0] not in reading.names() | {NOBODY}:
        raise _malformed(number, "quorum NAME, defined before")
    reading.quorum.append(words[0])


_LINES: Mapping[str, Callable[[_Reading, Sequence[str], int], None]] = {
    "log": _log,
    "witness": _witness,
    "group": _group,
    "quorum": _quorum,
}
