"""Where a lake's secrets lie: keys of content HMACs and of the subject index. Signing keys are the ledger's."""

import secrets

from pipeline.store import files
from pipeline.store.lake import Lake


def content_key(lake: Lake) -> bytes:
    """The 32-byte key of this lake's content HMACs; made at first use, readable by its owner only.

    Two lakes with the same key give the same HMACs; without the key an HMAC says nothing about a text.
    """
    return _secret(lake, "content")


def subject_key(lake: Lake, year: int) -> bytes:
    """The 32-byte key of the tags of that year's index. Destroyed, nobody can be found in that index any more."""
    return _secret(lake, f"subject-{year}")


def pseudonym_key(lake: Lake, run: str) -> bytes:
    """The 32-byte key of a run's pseudonyms and surrogates; while it exists, these are not anonymised."""
    return _secret(lake, f"pseudonym-{run}")


def tombstone_key(lake: Lake) -> bytes:
    """The 32-byte key of the sketches of erased texts. Destroyed, they say nothing and keep out nothing any more."""
    return _secret(lake, "tombstone")


def _secret(lake: Lake, name: str) -> bytes:
    path = lake.private / "keys" / f"{name}.key"
    if not path.is_file() and files.put_if_absent(path, secrets.token_bytes(32)):
        path.chmod(0o600)
    return files.read(path)
