-- Q02 [regulator, Art. 7(2)] Under which licence is every document of a snapshot used, and on what evidence?
select
    b.source_id, l.spdx_id, lower(hex(d.evidence_sha256)) as evidence_sha256, l.verified_by, l.verified_at, d.rule_id,
    count(*) as docs
from snapshot_docs sd
join decisions d on d.doc_id = sd.doc_id and d.stage = 'licences'
join batches b on b.batch = sd.doc_id >> 32
left join licence_evidence l
    on l.source_id = b.source_id and l.evidence_sha256 is not distinct from d.evidence_sha256
join snapshots s on s.snapshot_id = sd.snapshot_id and (s.run is null or s.run = d.run)
where sd.snapshot_id = $snapshot
group by all
order by docs desc, b.source_id
