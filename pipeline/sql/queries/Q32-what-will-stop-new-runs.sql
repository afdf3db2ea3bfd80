-- Q32 [data engineer, Art. 7(1)] What was noticed about sources, and which of it will stop new runs on which day?
select source_id, rule_id, detail, due_at, due_at < make_timestamp($now_us) as is_overdue
from source_findings
where run = $run
order by due_at nulls last, source_id, rule_id, detail
