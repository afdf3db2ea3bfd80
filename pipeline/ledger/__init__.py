"""The append-only log, its segments, proofs, verification and views."""
