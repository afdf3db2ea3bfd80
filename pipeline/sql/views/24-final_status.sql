-- The last word on every document: the furthest stage of its newest run.
create or replace view final_status as
with newest as (select run, row_number() over (order by first_seq) as run_order from run_order),
last_word as (
    select
        d.doc_id,
        max_by(
            {stage: d.last_stage, outcome: d.last_outcome, rule_id: d.rule_id, run: d.run}, n.run_order
        ) as said
    from document_status d
    join newest n using (run)
    group by d.doc_id
)
select doc_id, said.stage as last_stage, said.outcome as last_outcome, said.rule_id as rule_id, said.run as run
from last_word;
