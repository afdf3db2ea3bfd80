"""The notary's key elsewhere: a signer of securesystemslib (HSM, key management service, file) in a key's place."""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from securesystemslib.signer import Signer, SSlibKey

from pipeline.errors import UsageError
from pipeline.ledger import keys, proofs
from pipeline.store.files import Place


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    signer: Signer

    def sign(self, data: bytes, /) -> bytes:
        return bytes.fromhex(self.signer.sign(data).signature)

    def public_key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(_public(self.signer))


def _public(signer: Signer) -> bytes:
    return bytes.fromhex(signer.public_key.keyval["public"])


def key(name: str, signer: Signer) -> keys.Key:
    """A key that signs through `signer`; its private half never comes here.

    Raises:
        UsageError: not an Ed25519 signer.
    """
    if signer.public_key.scheme != "ed25519":
        raise UsageError(f"a signer of scheme {signer.public_key.scheme}", fix="use an Ed25519 key")
    return keys.Key(name, _Elsewhere(signer))


def notary(ledger: Place, folder: Path, uri: str | None = None) -> keys.Key:
    """The key that signs for this ledger now: from `folder`, or behind `uri`.

    Raises:
        UsageError: it is another one, whose checkpoint would be a stranger's for ever.
    """
    vkey = proofs.known_key(ledger)
    found = load(uri, vkey) if uri else keys.load(folder, keys.parse(vkey)[0])
    if found.vkey != vkey:
        raise UsageError(
            f"key {found.key_id} is not the notary's of now",
            fix="if `provender keys rotate` was cut off, call it again; else restore the key from its owner",
        )
    return found


def load(uri: str, vkey: str) -> keys.Key:
    """The key behind a securesystemslib URI, whose public half the ledger knows as `vkey`.

    Args:
        uri: such as `hsm:`, `awskms:ID`, `file2:PATH`; the schemes of securesystemslib.
        vkey: the note key.
    """
    name, key_id, public = keys.parse(vkey)
    known = SSlibKey(key_id.hex(), "ed25519", "ed25519", {"public": public.hex()})
    return key(name, Signer.from_priv_key_uri(uri, known))
