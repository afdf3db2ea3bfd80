-- Q12 [auditor] Which teams pulled a snapshot that now has withdrawn documents and have not acknowledged them?
with heard as (
    select snapshot_id, puller, max(seen_until) as seen_until
    from withdrawal_acks
    group by all
),
withdrawn as (
    select
        p.snapshot_id, p.puller,
        count(distinct w.doc_id) as n_withdrawn,
        count(distinct w.doc_id) filter (w.withdrawn_at <= h.seen_until) as n_acknowledged
    from pulls p
    join snapshot_docs sd using (snapshot_id)
    join withdrawals w on w.doc_id = sd.doc_id and w.withdrawn_at >= p.pulled_at
    left join heard h on h.snapshot_id = p.snapshot_id and h.puller = p.puller
    group by all
)
select puller, snapshot_id, n_withdrawn, n_acknowledged
from withdrawn
where n_withdrawn > n_acknowledged
order by snapshot_id, puller
