-- How far each document came in each run, and the last word on it.
create or replace view document_status as
with counted as (
    select
        e.run, d.doc_id, count(*) as n_decisions, bit_or(1::integer << s.stage_order) as stage_mask,
        max(s.stage_order) as last_order,
        max_by({stage: e.stage, outcome: d.outcome, rule_id: d.rule_id}, s.stage_order) as last
    from rows_decisions d
    join entries e using (seq)
    join stages s using (stage)
    group by e.run, d.doc_id
)
select
    run, doc_id, n_decisions, stage_mask, last_order, last.stage as last_stage, last.outcome as last_outcome,
    last.rule_id as rule_id
from counted;
