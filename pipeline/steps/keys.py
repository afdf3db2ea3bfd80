"""Where a lake's secrets lie: the key of content HMACs. Signing keys are the ledger's (`pipeline.ledger.keys`)."""

import secrets

from pipeline.store import files
from pipeline.store.lake import Lake


def content_key(lake: Lake) -> bytes:
    """The 32-byte key of this lake's content HMACs; made at first use, readable by its owner only.

    Two lakes with the same key give the same HMACs; without the key an HMAC says nothing about a text.
    """
    path = lake.private / "keys" / "content.key"
    if not path.is_file() and files.put_if_absent(path, secrets.token_bytes(32)):
        path.chmod(0o600)
    return files.read(path)
