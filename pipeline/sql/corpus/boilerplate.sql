-- Lines and paragraphs that many documents of one source hold.
-- Tables: units (source_id, key), limits (documents).
select u.source_id, u.key
from units u
cross join limits l
group by u.source_id, u.key
having count(*) >= min(l.documents)
order by u.source_id, u.key
