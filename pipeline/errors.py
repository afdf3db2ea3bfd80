"""Every deliberate error of Provender.

An error says what happened in names, counts and hashes, and what to do next (`fix`). It never carries
document text, a URL or a personal value. The exit code belongs to the class: 1 stopped by a finding or a
missing input, 2 usage, 3 evidence broken. Errors cross process borders, so they must survive pickling.
"""

from typing import ClassVar


class ProvenderError(Exception):
    """A deliberate stop that tells its reader what to do."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, fix: str) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return _rebuild, (type(self), self.message, self.fix)

    def __str__(self) -> str:
        return f"{self.message}\n  fix: {self.fix}"


def _rebuild(kind: type[ProvenderError], message: str, fix: str) -> ProvenderError:
    return kind(message, fix=fix)


class UsageError(ProvenderError):
    """The command or call itself is wrong: an unknown option, an impossible combination."""

    exit_code: ClassVar[int] = 2


class IdentifierEmpty(UsageError):
    """Somebody is looked for by an identifier without a letter or a digit: it would stand everywhere or nowhere."""


class InputMissing(ProvenderError):
    """A file, table, model or run that the step needs is not there."""


class InputMalformed(ProvenderError):
    """A file of ours or of the user (register, rules, manifest) cannot be read as what it claims to be."""


class RuleMalformed(ProvenderError):
    """A rules file is wrong: unknown key, missing source, example that does not behave as stated."""


class SourceRefused(ProvenderError):
    """A source is not registered, incomplete, or without lawful basis: it is never read."""


class EvidenceMissing(ProvenderError):
    """A decision would rest on evidence that is not there."""


class GateFailed(ProvenderError):
    """Expectations are not met; the run stops here and the failed ones are named."""


class ResidueFound(ProvenderError):
    """A redacted text still holds what a rule redacts: the batch stops and nothing of it is kept."""


class RunChanged(ProvenderError):
    """A run is resumed with other rules, code or sources than it was started with."""


class NotApproved(ProvenderError):
    """A snapshot lacks an approval, a signature, or is withdrawn: it cannot be published or pulled."""


class NotWitnessed(NotApproved):
    """Too few of the witnesses whom the puller's policy names have cosigned the ledger's checkpoint."""


class Withdrawn(NotApproved):
    """A snapshot was approved once and has been taken back."""


class Expired(NotApproved):
    """The approval of a snapshot was given for a time that is over."""


class FeedTooOld(NotApproved):
    """Nobody has heard for too long whether a snapshot is still good."""


class ClockSkewed(NotApproved):
    """A signed time lies in the future of this machine's clock: ages cannot be told."""


class NotAllowed(ProvenderError):
    """The lake's roles give this to somebody else."""


class WorkerLost(ProvenderError):
    """A worker process died (out of memory, killed); finished batches are kept."""


class StorageFull(ProvenderError):
    """The disk or quota is full: nothing was acknowledged that is not written."""


class EvidenceBroken(ProvenderError):
    """Ledger, snapshot or signature do not verify: bytes were changed, removed or forged."""

    exit_code: ClassVar[int] = 3


class Replayed(EvidenceBroken):
    """An older state is shown as the current one: a feed that shrinks, a position that goes back."""


class PathEscapes(EvidenceBroken):
    """A path leads out of its folder: `..`, an absolute path, a link."""


class TooLarge(EvidenceBroken):
    """A file is larger than was said, or unpacks to more than it may."""


class ProofInvalid(EvidenceBroken):
    """A Merkle proof does not lead to the root it claims."""
