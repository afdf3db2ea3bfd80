"""What is signed: an in-toto statement about the manifest's digest, in a DSSE envelope that all signers share."""

import base64
import json
from collections.abc import Sequence
from hashlib import sha256

from pipeline.ledger import canonical

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:provender:snapshot-decision:v1"
APPROVE, REJECT, OVERRIDE = "approve", "reject", "override"

Signature = tuple[str, bytes]  # key id, signature


def statement(manifest: bytes, decision: str) -> bytes:
    """The statement that a person or the notary signs: this manifest, this decision.

    An approval and a rejection are different bytes, so that one can never be shown as the other.
    """
    said = json.loads(manifest)
    return canonical.entry(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": "manifest.json", "digest": {"sha256": sha256(manifest).hexdigest()}}],
            "predicateType": PREDICATE_TYPE,
            "predicate": {"decision": decision, "snapshot_id": said["snapshot_id"], "use": said["use"]},
        }
    )


def encoding(payload: bytes, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """DSSE's pre-authentication encoding: the bytes under the signature.

    Source: DSSE protocol v1, "Signature definition".
    """
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def envelope(payload: bytes, signatures: Sequence[Signature]) -> bytes:
    """The DSSE envelope as sorted compact JSON."""
    return canonical.entry(
        {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"keyid": k, "sig": base64.b64encode(s).decode()} for k, s in signatures],
        }
    )


def signatures(content: bytes) -> list[Signature]:
    """Key ids and signatures of an envelope, unverified."""
    return [(s["keyid"], base64.b64decode(s["sig"], validate=True)) for s in json.loads(content)["signatures"]]
