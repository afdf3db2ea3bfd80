-- Pairs of a document (a) and one (b) that shares at least 7 in 10 of its sampled shingles and has no fewer.
-- Shingles of more than 64 documents say nothing and are left out, so that no document has more than 90 pairs.
-- Tables: samples (key, doc_id), copies (doc_id, first_id).
with first_of_kind as (
    select s.key, s.doc_id
    from samples s
    left join copies c on s.doc_id = c.doc_id
    where c.doc_id is null
),
counted as (select key, count(*) as n from first_of_kind group by key),
telling as (
    select f.key, f.doc_id, c.n
    from first_of_kind f
    join counted c on f.key = c.key
    where c.n <= 64
),
sizes as (select doc_id, count(*) as n from telling group by doc_id),
shared as (
    select x.doc_id as a, y.doc_id as b, count(*) as n
    from telling x
    join telling y on x.key = y.key and x.doc_id <> y.doc_id
    where x.n > 1 and y.n > 1
    group by x.doc_id, y.doc_id
)
select s.a, s.b
from shared s
join sizes own on own.doc_id = s.a
join sizes other on other.doc_id = s.b
where s.n * 10 >= own.n * 7 and own.n <= other.n
order by s.a, s.b
