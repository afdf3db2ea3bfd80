-- Pairs of a document of this run (a) and one of an earlier snapshot (b) that share an LSH key.
-- Tables: bands (key, doc_id), copies (doc_id, first_id), earlier_bands (key, doc_id), limits (full_bucket).
with asked as (
    select b.key, b.doc_id
    from bands b
    left join copies c on b.doc_id = c.doc_id
    where c.doc_id is null
),
held as (
    select distinct e.key, e.doc_id
    from earlier_bands e
    join (select distinct key from asked) k on e.key = k.key
),
counted as (select key, count(*) as n, min(doc_id) as first_id from held group by key)
select distinct a.doc_id as a, h.doc_id as b
from asked a
join held h on a.key = h.key
join counted c on h.key = c.key
cross join limits l
where c.n <= l.full_bucket or h.doc_id = c.first_id
order by a, b
