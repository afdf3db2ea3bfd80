"""What is signed for a snapshot: an in-toto Statement over the manifest's hash, in a DSSE envelope."""

import base64
import json
from collections.abc import Sequence

from pipeline.errors import EvidenceBroken
from pipeline.ledger import keys

PAYLOAD_TYPE = "application/vnd.in-toto+json"
PREDICATE_TYPE = "https://provender.dev/approval/v1"


def statement(snapshot_id: str, manifest_sha256: str) -> bytes:
    """The in-toto Statement v1 that every approver and the notary sign."""
    said = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": f"{snapshot_id}/manifest.json", "digest": {"sha256": manifest_sha256}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": {"decision": "approve"},
    }
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def encoded(payload: bytes) -> bytes:
    """DSSE pre-authentication encoding: what the signature is over (DSSE protocol v1)."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def envelope(payload: bytes, signatures: Sequence[tuple[str, bytes]]) -> bytes:
    """The DSSE envelope with (key id, signature) of each signer."""
    signed = [{"keyid": key_id, "sig": base64.b64encode(sig).decode()} for key_id, sig in signatures]
    body = {"payloadType": PAYLOAD_TYPE, "payload": base64.b64encode(payload).decode(), "signatures": signed}
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def opened(content: bytes) -> tuple[bytes, dict[str, bytes]]:
    """Payload and signatures by key id of an envelope; nothing is verified yet.

    Raises:
        EvidenceBroken: not an envelope of ours.
    """
    try:
        body = json.loads(content)
        found = {s["keyid"]: base64.b64decode(s["sig"], validate=True) for s in body["signatures"]}
        payload = base64.b64decode(body["payload"], validate=True)
        is_ours = body["payloadType"] == PAYLOAD_TYPE
    except (ValueError, KeyError, TypeError) as e:
        raise EvidenceBroken("the signature envelope is damaged", fix="pull again from the origin") from e
    if not is_ours:
        raise EvidenceBroken("the envelope signs something else", fix="pull again from the origin")
    return payload, found


def verify(vkey: str, payload: bytes, signature: bytes) -> None:
    """Return when the key of `vkey` signed this payload.

    Raises:
        EvidenceBroken: it did not.
    """
    keys.verify(vkey, encoded(payload), signature)
