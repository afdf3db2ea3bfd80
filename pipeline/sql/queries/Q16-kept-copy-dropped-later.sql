-- Q16 [auditor] Which duplicates lost their kept copy at a later stage (content lost)?
select d.doc_id, d.kept_doc_id, f.last_stage, f.rule_id
from duplicates d
join final_status f on f.doc_id = d.kept_doc_id and f.run = d.run
where f.last_outcome in ('drop', 'quarantine')
order by d.doc_id
