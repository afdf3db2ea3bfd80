-- Q11 [model team] Which documents of a snapshot have been withdrawn since it was made?
select w.doc_id, sd.shard, w.reason, w.request_id, w.withdrawn_at
from withdrawals w
join snapshot_docs sd using (doc_id)
where sd.snapshot_id = $snapshot
order by sd.shard, w.doc_id
