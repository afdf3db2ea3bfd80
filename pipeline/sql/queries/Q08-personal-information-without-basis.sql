-- Q08 [regulator, PIPL Art. 13] Which sources hold personal information but no recorded legal basis?
select s.source_id, s.contains_pi, count(distinct p.doc_id) as docs
from pii_findings p
join batches b on b.batch = p.doc_id >> 32
join sources s using (source_id)
where coalesce(s.pi_basis, '') in ('', 'none', 'unknown')
group by all
order by docs desc, s.source_id
