-- Q28 [auditor, Art. 7(2)] Is any document in a snapshot without a record of its IP risk? (must be none)
select sd.doc_id
from snapshot_docs sd
left join ip_risks i on i.doc_id = sd.doc_id
where sd.snapshot_id = $snapshot and i.doc_id is null
order by sd.doc_id
