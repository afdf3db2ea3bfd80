-- Q07 [regulator, Art. 7(3)] Which personal information was found in a run, by type, source, action and what was done?
select
    b.source_id, p.entity_type, p.outcome, p.treatment, p.basis, sum(p.n)::bigint as findings, count(distinct p.doc_id) as docs
from pii_findings p
left join batches b on b.batch = p.doc_id >> 32
where p.run = $run
group by all
order by findings desc, b.source_id, p.entity_type, p.outcome, p.treatment
