-- Q48 [auditor] Which teams pulled a snapshot that was revoked or has expired, and what did they say they did?
with ended as (
    select snapshot_id, state, make_timestamp(max(e.at_us)) as ended_at
    from rows_snapshots r
    join entries e using (seq)
    where r.state in ('revoked', 'expired') and snapshot_id in (
        select snapshot_id from snapshots where state in ('revoked', 'expired'))
    group by all
),
held as (
    select snapshot_id, puller, max(pulled_at) as pulled_at
    from pulls
    group by all
)
select h.puller, h.snapshot_id, e.state, e.ended_at, h.pulled_at, a.action, a.actor, a.acked_at
from held h
join ended e using (snapshot_id)
left join (
    select * from withdrawal_acks
    qualify row_number() over (partition by snapshot_id, puller order by acked_at desc) = 1
) a on a.snapshot_id = h.snapshot_id and a.puller = h.puller and a.seen_until >= e.ended_at
order by h.snapshot_id, h.puller
