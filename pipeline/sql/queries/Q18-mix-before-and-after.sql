-- Q18 [regulator, Art. 4(2), 7(4) diversity] What is the mix of languages and data types before and after selection?
with counted as (
    select d.lang, s.data_type, count(*) as docs_before, count(sd.doc_id) as docs_after
    from documents d
    left join batches b using (batch)
    left join sources s using (source_id)
    left join snapshot_docs sd on sd.doc_id = d.doc_id and sd.snapshot_id = $snapshot
    group by all
)
select
    lang, data_type, docs_before, docs_after,
    (docs_before * 1000000 // nullif(sum(docs_before) over (), 0))::bigint as before_ppm,
    (docs_after * 1000000 // nullif(sum(docs_after) over (), 0))::bigint as after_ppm
from counted
order by docs_after desc, docs_before desc, lang, data_type
