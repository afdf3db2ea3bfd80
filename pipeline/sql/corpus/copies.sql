-- Every document whose text another document of the run has too, and the first of them.
-- Tables: measures (doc_id, normalised_hash). Like all of this folder: plain SQL that Spark runs as it stands.
select m.doc_id, k.first_id
from measures m
join (
    select normalised_hash, min(doc_id) as first_id
    from measures
    group by normalised_hash
    having count(*) > 1
) k on m.normalised_hash = k.normalised_hash
where m.doc_id <> k.first_id
order by m.doc_id
