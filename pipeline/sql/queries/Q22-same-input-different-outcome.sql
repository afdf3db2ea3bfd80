-- Q22 [auditor] Was the same text decided differently under the same code and config? (must be none)
with perhaps as materialized (
    select hash(content_hmac) as hashed
    from content_index
    group by hashed
    having count(*) > 1
),
same as materialized (
    select content_hmac, doc_id
    from content_index
    where hash(content_hmac) in (select hashed from perhaps)
)
select d.stage, lower(hex(s.content_hmac)) as content_hmac, d.code, d.config, count(distinct d.outcome) as n_outcomes
from decisions d
join same s using (doc_id)
where d.stage in ('quality', 'personal')
group by all
having n_outcomes > 1
order by d.stage, content_hmac
