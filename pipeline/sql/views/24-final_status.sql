-- The last word on every document: the furthest stage of its newest run.
create or replace view final_status as
with newest as (select run, row_number() over (order by first_seq) as run_order from run_order),
ordered as (select d.*, n.run_order from document_status d join newest n using (run)),
last_run as (select doc_id, max(run_order) as run_order from ordered group by doc_id)
select o.doc_id, o.last_stage, o.last_outcome, o.rule_id, o.run
from ordered o
join last_run l on l.doc_id = o.doc_id and l.run_order = o.run_order;
