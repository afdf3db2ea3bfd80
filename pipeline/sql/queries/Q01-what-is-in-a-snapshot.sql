-- Q01 [regulator, Art. 19 source, scale, type] What is in a snapshot: sources, kinds, data types, documents, characters?
select s.source_id, s.kind, s.data_type, s.origin, count(*) as docs, sum(d.n_chars)::bigint as chars
from snapshot_docs sd
join documents d using (doc_id)
left join batches b using (batch)
left join sources s using (source_id)
where sd.snapshot_id = $snapshot
group by all
order by docs desc, s.source_id
