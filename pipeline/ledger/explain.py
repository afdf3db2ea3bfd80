"""One document's whole life, from the ledger alone: where it came from, what was decided and why, where it went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from pipeline.errors import InputMissing
from pipeline.ledger import queries
from pipeline.rules import catalogue

Rows = Sequence[Mapping[str, object]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Life:
    """What the ledger knows of one document; each part in the order in which it happened."""

    doc_id: int
    source: Rows
    licences: Rows
    stages: Rows
    duplicates: Rows
    personal: Rows
    snapshots: Rows
    pulls: Rows
    withdrawals: Rows


_SQL = {
    "source": """
        select b.source_id, s.kind, s.data_type, s.origin, s.licence_declared, s.pi_basis, s.collected_from,
            s.collected_to
        from batches b left join sources s using (source_id) where b.batch = $doc >> 32""",
    "licences": """
        select l.spdx_id, l.verdict, l.rule_id, lower(hex(l.evidence_sha256)) as evidence_sha256, l.verified_by,
            l.verified_at, l.expires_at
        from batches b join licence_evidence l using (source_id) where b.batch = $doc >> 32""",
    "stages": """
        select h.seq, h.run, h.stage, h.outcome, h.rule_id, h.rule_version, r.title, r.article, h.score_ppm,
            r.definition_sha256, h.decided_at, h.code
        from history h left join rules r using (rule_id, rule_version) left join stages s on s.stage = h.stage
        where h.doc_id = $doc order by h.decided_at_us, h.run, s.stage_order, h.seq""",
    "duplicates": """
        select 'stays out for' as relation, kept_doc_id as doc_id, sim_ppm, rule_id from history
        where doc_id = $doc and stage = 'duplicates' and kept_doc_id <> doc_id
        union all
        select 'stands for', doc_id, sim_ppm, rule_id from duplicates where kept_doc_id = $doc
        order by relation, doc_id limit 12""",
    "personal": """
        select run, outcome, pii_counts from history
        where doc_id = $doc and stage = 'personal' and pii_counts is not null order by seq""",
    "snapshots": """
        select d.snapshot_id, s.state, s.use, d.shard from snapshot_docs d join snapshots s using (snapshot_id)
        where d.doc_id = $doc order by s.created_at, d.snapshot_id""",
    "pulls": """
        select p.snapshot_id, p.puller, p.pulled_at from pulls p join snapshot_docs d using (snapshot_id)
        where d.doc_id = $doc order by p.pulled_at, p.puller""",
    "withdrawals": """
        select reason, request_id, withdrawn_at from withdrawals where doc_id = $doc order by withdrawn_at""",
}


def life(connection: duckdb.DuckDBPyConnection, doc_id: int) -> Life:
    """The life of a document, over a connection of `views.connect`.

    Raises:
        InputMissing: no decision names it.
    """
    queries.point(connection, doc_id)
    parts = {name: queries.table(connection, sql, {"doc": doc_id}).to_pylist() for name, sql in _SQL.items()}
    if not parts["stages"]:
        raise InputMissing(f"no decision names document {doc_id}", fix="ids are in the view documents")
    parts["stages"] = [_with_limit(row) for row in parts["stages"]]
    return Life(doc_id=doc_id, **parts)


def _with_limit(row: dict[str, object]) -> dict[str, object]:
    """The row with the limit that its rule compares with, if the rule is still the one that was applied."""
    digest = row.pop("definition_sha256")
    known = catalogue.limit(str(row["stage"]), str(row["rule_id"]), digest) if isinstance(digest, bytes) else ""
    return row | {"limit": known or None}
