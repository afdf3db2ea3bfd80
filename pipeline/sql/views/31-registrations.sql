-- Registrations as versions, what was noticed about them, what is behind them, and what their documents say.
create or replace view source_versions as
select
    r.source_id, r.version, r.register_sha256, r.evidence, min(s.at_us) as first_at_us,
    make_timestamp(min(s.at_us)) as first_at, max_by(s.run, s.seq) as last_run
from rows_sources r
join entries s using (seq)
where r.version is not null
group by r.source_id, r.version, r.register_sha256, r.evidence;
create or replace view source_findings as
select
    s.run, r.source_id, r.rule_id, r.rule_version, r.article, r.detail, make_timestamp(r.due_us) as due_at,
    make_timestamp(s.at_us) as noticed_at
from rows_source_findings r
join entries s using (seq);
create or replace view assessments as
select s.run, r.source_id, r.phase, r.method, r.n, r.n_bad, r.share_ppm, r.upper_ppm, r.line_ppm
from rows_assessments r
join entries s using (seq)
union all
select run, source_id, 'after', 'prohibited', n_docs, n_bad, share_ppm, upper_ppm, line_ppm
from rows_source_shares;
create or replace view upstreams as
select s.run, r.source_id, r.upstream_id, r.depth, r.licence_declared, r.is_registered, r.problem
from rows_upstreams r
join entries s using (seq);
create or replace view signals as
select run, source_id, signal, "value", n_documents
from rows_signals;
create or replace view opt_out_matches as
select
    snapshot_id, doc_id, list, kind, lists_sha256, min(reported_at_us) as reported_at_us,
    make_timestamp(min(reported_at_us)) as reported_at
from rows_opt_out_matches
group by snapshot_id, doc_id, list, kind, lists_sha256;
-- What a run kept of each source, by language.
create or replace view kept_by_source as
select
    d.run, d.lang, coalesce(s.modality, 'text') as modality, b.source_id, s.origin, count(*) as docs, sum(d.n_chars) as chars
from decisions d
join document_status t on t.run = d.run and t.doc_id = d.doc_id
join batches b using (batch)
left join sources s using (source_id)
where d.stage = 'documents' and t.last_outcome in ('keep', 'redact')
group by d.run, d.lang, s.modality, b.source_id, s.origin;
-- Of each language and modality that a run kept: how many sources it comes from, and how unevenly.
create or replace view concentration as
with shares as (
    select run, lang, modality, source_id, docs, chars, chars / greatest(sum(chars) over (partition by run, lang, modality), 1) as share
    from kept_by_source
)
select
    run, lang, modality, count(*) as n_sources, sum(docs)::bigint as docs, first(source_id order by share desc, source_id) as top_source,
    round(max(share) * 1000000)::bigint as top_share_ppm, round(sum(share * share) * 1000000)::bigint as hhi_ppm
from shares
group by run, lang, modality;
-- Where what a run kept comes from, seen from where models are trained (runs of before say no place: CN).
create or replace view origin_mix as
select
    k.run, k.lang,
    case when k.origin is null then 'unknown' when k.origin = coalesce(r.place, 'CN') then 'domestic' else 'foreign' end as origin,
    list_sort(list(distinct k.origin)) as jurisdictions, count(distinct k.source_id) as n_sources,
    sum(k.docs)::bigint as docs, sum(k.chars)::bigint as chars
from kept_by_source k
left join runs r using (run)
group by all;
