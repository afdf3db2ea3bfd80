-- Q13 [auditor] Was any snapshot pulled without two approvals, by two people in two roles? (must be none)
with approved as (
    select
        p.snapshot_id, p.puller, p.pulled_at, count(distinct a.actor) as n_people, count(distinct a.role) as n_roles
    from pulls p
    left join approvals a
        on a.snapshot_id = p.snapshot_id and a.decision = 'approve' and a.approved_at <= p.pulled_at
    group by all
)
select snapshot_id, puller, pulled_at, n_people, n_roles
from approved
where n_people < 2 or n_roles < 2
order by snapshot_id, pulled_at, puller
