-- Q21 [auditor] Which documents have no final outcome, or two decisions of one stage? (must be none for finished runs)
with furthest as (
    select run, max(last_order) as last_order
    from document_status
    group by run
)
select
    d.run, d.doc_id, d.last_stage as stage,
    case
        when d.n_decisions > bit_count(d.stage_mask) then 'decided more than once'
        else 'no decision after it was kept'
    end as problem
from document_status d
join furthest f using (run)
where d.n_decisions > bit_count(d.stage_mask)
    or (d.last_outcome in ('keep', 'redact') and d.last_order < f.last_order)
order by d.run, d.doc_id, stage, problem
