-- What the choice between copies rests on.
-- Tables: involved (doc_id), run_documents (doc_id, source_id, fetched_at_us), quality (doc_id, quality_ppm),
-- source_facts (source_id, licence_rule, kind, collected_to_us).
select d.doc_id, s.licence_rule, s.kind, coalesce(d.fetched_at_us, s.collected_to_us) as fetched_at_us, q.quality_ppm
from run_documents d
join involved i on d.doc_id = i.doc_id
left join source_facts s on d.source_id = s.source_id
left join quality q on d.doc_id = q.doc_id
order by d.doc_id
