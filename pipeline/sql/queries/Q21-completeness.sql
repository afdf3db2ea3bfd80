-- Q21 [auditor] Which documents have no final outcome, or two decisions of one stage? (must be none for finished runs)
select
    run, doc_id, last_stage as stage,
    case
        when n_decisions > bit_count(stage_mask) then 'decided more than once'
        else 'no decision after it was kept'
    end as problem
from document_status
qualify n_decisions > bit_count(stage_mask)
    or (last_outcome in ('keep', 'redact') and last_order < max(last_order) over (partition by run))
order by run, doc_id, stage, problem
