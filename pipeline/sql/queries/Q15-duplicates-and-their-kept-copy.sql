-- Q15 [auditor] Why was a document dropped as a duplicate, which copy was kept, and is that one in the snapshot?
select
    d.doc_id, d.kept_doc_id, d.rule_id, d.sim_ppm, f.last_stage as kept_last_stage, f.last_outcome as kept_outcome,
    sd.doc_id is not null as is_kept_in_snapshot
from duplicates d
left join final_status f on f.doc_id = d.kept_doc_id
left join snapshot_docs sd on sd.doc_id = d.kept_doc_id and sd.snapshot_id = $snapshot
where d.run = $run
order by d.doc_id
