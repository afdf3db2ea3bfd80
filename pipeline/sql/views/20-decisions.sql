-- One row per document, stage and run: the decision, with what the entry says for all of the batch.
create or replace view decisions as
select
    r.seq, s.stage, s.run, s.actor, s.code, s.config, s.batch, r.doc_id, r.outcome, r.rule_id, r.rule_version,
    r.score_ppm, r.lang, r.pii_counts, r.kept_doc_id, r.cluster_id, r.sim_ppm, r.content_hmac, r.n_chars,
    r.evidence_sha256, r.detail_commit, s.at_us as decided_at_us, make_timestamp(s.at_us) as decided_at
from rows_decisions r
join entries s using (seq);
create or replace view source_decisions as
select
    r.seq, s.stage, s.run, s.actor, s.code, s.config, r.source_id, r.outcome, r.rule_id, r.rule_version, r.article,
    r.detail, r.evidence_sha256, s.at_us as decided_at_us, make_timestamp(s.at_us) as decided_at
from rows_source_decisions r
join entries s using (seq);
