-- Q42 [model team] Which documents were added, removed or changed from one snapshot to another, by source, licence, language, reason?
with members as materialized (
    select snapshot_id, doc_id from snapshot_docs where snapshot_id in ($previous, $snapshot)
),
decided as materialized (
    select doc_id, stage, seq, batch, lang, content_hmac
    from decisions
    where stage in ('documents', 'personal') and doc_id in (select doc_id from members)
),
held as materialized (
    select
        m.snapshot_id, m.doc_id, b.source_id, d.lang, d.content_hmac as read_hmac,
        coalesce(p.content_hmac, d.content_hmac) as final_hmac, m.doc_id >> 32 as batch
    from members m
    join (
        select doc_id, lang, content_hmac
        from decided
        where stage = 'documents'
        qualify row_number() over (partition by doc_id order by seq desc) = 1
    ) d using (doc_id)
    left join batches b on b.batch = m.doc_id >> 32
    left join decided p on p.doc_id = m.doc_id and p.stage = 'personal'
),
licensed as (
    select e.batch, arg_max(l.detail, l.seq) as licence
    from (select distinct batch, run, source_id from entries where batch is not null and stage = 'documents') e
    join source_decisions l on l.run = e.run and l.source_id = e.source_id and l.stage = 'licences'
    group by e.batch
),
before as materialized (select * from held where snapshot_id = $previous),
after as materialized (select * from held where snapshot_id = $snapshot),
gone as materialized (select * from before where read_hmac not in (select read_hmac from after)),
last_word as (
    select d.content_hmac as read_hmac, arg_max(f.rule_id, f.doc_id) as rule_id
    from final_status f
    join content_index d using (doc_id)
    where f.last_outcome in ('drop', 'quarantine') and d.content_hmac in (select read_hmac from gone)
    group by d.content_hmac
),
withdrawn as (select doc_id, min(reason) as reason from withdrawals group by doc_id),
changes as (
    select 'removed' as change, b.*, coalesce(w.reason, l.rule_id, 'not in that run') as reason
    from gone b
    left join withdrawn w using (doc_id)
    left join last_word l using (read_hmac)
    union all
    select 'added', a.*, 'new'
    from after a
    where a.read_hmac not in (select read_hmac from before)
    union all
    select 'changed', a.*, 'redacted otherwise'
    from after a
    join before b using (read_hmac)
    where a.final_hmac <> b.final_hmac
)
select c.change, c.source_id, l.licence, c.lang, c.reason, count(distinct c.doc_id) as n_documents
from changes c
left join licensed l using (batch)
group by all
order by c.change, c.source_id, l.licence, c.lang, c.reason
