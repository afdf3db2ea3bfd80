-- Q09 [data protection officer, Art. 11] Which documents and snapshots hold a person's identifier? (by its tag)
select
    i.doc_id, i.entity_type, count(*) as places, f.last_stage, f.last_outcome,
    list_sort(list(distinct sd.snapshot_id) filter (sd.snapshot_id is not null)) as snapshots
from subject_index i
left join final_status f using (doc_id)
left join snapshot_docs sd using (doc_id)
where i.subject_tag = unhex($tag)
group by i.doc_id, i.entity_type, f.last_stage, f.last_outcome
order by i.doc_id, i.entity_type
