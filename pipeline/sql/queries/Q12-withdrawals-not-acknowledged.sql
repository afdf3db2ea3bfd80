-- Q12 [auditor] Which teams pulled a snapshot that now has withdrawn documents and have not acknowledged them?
with withdrawn as (
    select p.snapshot_id, p.puller, count(distinct w.doc_id) as n_withdrawn
    from pulls p
    join snapshot_docs sd using (snapshot_id)
    join withdrawals w on w.doc_id = sd.doc_id and w.withdrawn_at >= p.pulled_at
    group by all
),
acknowledged as (
    select snapshot_id, puller, max(withdrawals_seen) as n_seen
    from withdrawal_acks
    group by all
)
select w.puller, w.snapshot_id, w.n_withdrawn, coalesce(a.n_seen, 0) as n_acknowledged
from withdrawn w
left join acknowledged a using (snapshot_id, puller)
where w.n_withdrawn > coalesce(a.n_seen, 0)
order by w.snapshot_id, w.puller
