-- One document's decisions, read from its own files alone. First: set variable doc_files = files_of(DOC);
create or replace macro files_of(doc) as (
    select coalesce(list(getvariable('prefix') || path), getvariable('doc_files'))
    from segments
    where kind = 'decisions' and doc between min_doc and max_doc
);
create or replace view history as
select
    e.seq, e.stage, e.run, e.actor, e.code, e.config, e.batch, r.doc_id, r.outcome, r.rule_id, r.rule_version,
    r.score_ppm, r.lang, r.pii_counts, r.kept_doc_id, r.cluster_id, r.sim_ppm, r.content_hmac, r.n_chars,
    r.evidence_sha256, e.at_us as decided_at_us, make_timestamp(e.at_us) as decided_at
from read_parquet(getvariable('doc_files'), filename = true, hive_partitioning = false) r
join entries e on e.file_sha256 = parse_filename(r.filename, true) and e.kind = 'decisions';
