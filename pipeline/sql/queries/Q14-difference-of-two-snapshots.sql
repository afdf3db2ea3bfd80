-- Q14 [data engineer] What changed between two snapshots?
with a as (select doc_id from snapshot_docs where snapshot_id = $previous),
b as (select doc_id from snapshot_docs where snapshot_id = $snapshot)
select case when a.doc_id is null then 'added' else 'removed' end as change, count(*) as docs
from a
full join b on a.doc_id = b.doc_id
where a.doc_id is null or b.doc_id is null
group by change
order by change
