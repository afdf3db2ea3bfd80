-- Pairs of documents that share an LSH key, a < b. A bucket above the limit gives each member's pair with the first
-- and with the one before it only, so that the work stays linear.
-- Tables: bands (key, doc_id), copies (doc_id, first_id), limits (full_bucket).
with first_of_kind as (
    select b.key, b.doc_id
    from bands b
    left join copies c on b.doc_id = c.doc_id
    where c.doc_id is null
),
repeated as (
    select key, count(*) as n, min(doc_id) as first_id
    from first_of_kind
    group by key
    having count(*) > 1
),
members as (
    select f.key, f.doc_id, r.first_id, r.n <= l.full_bucket as is_full,
        lag(f.doc_id) over (partition by f.key order by f.doc_id) as before_id
    from first_of_kind f
    join repeated r on f.key = r.key
    cross join limits l
),
small as (select key, doc_id from members where is_full)
select x.doc_id as a, y.doc_id as b
from small x
join small y on x.key = y.key and x.doc_id < y.doc_id
union
select first_id as a, doc_id as b from members where not is_full and doc_id > first_id
union
select before_id as a, doc_id as b from members where not is_full and before_id is not null
order by a, b
