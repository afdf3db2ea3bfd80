-- Q41 [data protection officer, Art. 11] What was done for each request: looked up, withdrawn, erased, closed in time?
with looked as (select request_id, count(*) as n_lookups from subject_lookups group by request_id),
withdrawn as (select request_id, count(distinct doc_id) as n_withdrawn from withdrawals group by request_id),
erased as (
    select request_id, count(*) as n_objects, string_agg(distinct replaced_by, ', ' order by replaced_by) as replaced_by
    from erasures
    group by request_id
)
select
    r.request_id, r.kind, r.received_at, r.due_at, r.closed_at, r.closed_at <= r.due_at as is_in_time,
    coalesce(l.n_lookups, 0) as n_lookups, coalesce(w.n_withdrawn, 0) as n_withdrawn,
    coalesce(e.n_objects, 0) as n_objects_rewritten, e.replaced_by, r.outcome
from subject_requests r
left join looked l using (request_id)
left join withdrawn w using (request_id)
left join erased e using (request_id)
order by r.due_at, r.request_id
