"""The notary's key elsewhere: a signer of securesystemslib (HSM, key management service, file) in a key's place."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from securesystemslib.signer import Signer, SSlibKey

from pipeline.errors import UsageError
from pipeline.ledger import keys


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


def load(uri: str, vkey: str) -> keys.Key:
    """The key behind a securesystemslib URI, whose public half the ledger knows as `vkey`.

    Args:
        uri: such as `hsm:`, `awskms:ID`, `file2:PATH`; the schemes of securesystemslib.
        vkey: the note key.
    """
    name, key_id, public = keys.parse(vkey)
    known = SSlibKey(key_id.hex(), "ed25519", "ed25519", {"public": public.hex()})
    return key(name, Signer.from_priv_key_uri(uri, known))
