-- The last word on every document: the furthest stage of its newest run.
create or replace view final_status as
select d.doc_id, d.stage as last_stage, d.outcome as last_outcome, d.rule_id, d.run
from decisions d
join run_order r using (run)
join stages s using (stage)
qualify row_number() over (partition by d.doc_id order by r.first_seq desc, s.stage_order desc, d.seq desc) = 1;
