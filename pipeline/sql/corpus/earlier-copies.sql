-- Documents of this run whose text an earlier snapshot holds, with the lowest document that has it.
-- Tables: measures (doc_id, normalised_hash, n_shingles), earlier_kinds (normalised_hash, doc_id).
select m.doc_id, min(e.doc_id) as other_id
from measures m
join earlier_kinds e on m.normalised_hash = e.normalised_hash
where m.n_shingles > 0
group by m.doc_id
order by m.doc_id
