-- Q37 [rights, Art. 7(2)] Which documents of snapshots are named by opt-out lists, and who has pulled them?
with pulled as (
    select snapshot_id, list_sort(list(distinct puller)) as pullers
    from pulls
    group by snapshot_id
)
select
    m.snapshot_id, m.list, m.kind, count(distinct m.doc_id) as docs,
    count(distinct m.doc_id) filter (w.doc_id is not null) as withdrawn, p.pullers
from opt_out_matches m
left join pulled p using (snapshot_id)
left join withdrawals w using (doc_id)
group by m.snapshot_id, m.list, m.kind, p.pullers
order by m.snapshot_id, m.list, m.kind
