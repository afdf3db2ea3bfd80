-- Q25 [compliance, Art. 7(2)] Which licence evidence expires within 60 days, and which snapshots rest on it?
select
    l.source_id, l.spdx_id, l.expires_at, list_sort(list(distinct sd.snapshot_id)) as snapshots, count(*) as docs
from licence_evidence l
join batches b using (source_id)
join snapshot_docs sd on sd.doc_id >> 32 = b.batch
where l.expires_at < make_timestamp($now_us) + interval 60 day
group by l.source_id, l.spdx_id, l.expires_at
order by l.expires_at, l.source_id
