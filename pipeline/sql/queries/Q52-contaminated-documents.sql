-- Q52 [model team, Art. 7(4)] Which documents hold items of an evaluation set, by the hash of the set's file?
select doc_id, outcome, score_ppm as share_of_item_ppm, hex(evidence_sha256) as evaluation_set_sha256
from decisions
where stage = 'duplicates' and rule_id = 'DUP.R007' and run = $run
order by doc_id
