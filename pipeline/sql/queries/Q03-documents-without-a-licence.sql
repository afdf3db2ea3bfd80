-- Q03 [auditor] Is any document in a snapshot without an accepted licence decision? (must be none)
select sd.doc_id
from snapshot_docs sd
left join decisions d on d.doc_id = sd.doc_id and d.stage = 'licences' and d.outcome = 'keep'
where sd.snapshot_id = $snapshot and d.doc_id is null
order by sd.doc_id
