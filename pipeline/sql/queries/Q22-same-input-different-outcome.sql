-- Q22 [auditor] Was the same text decided differently under the same code and config? (must be none)
with twice as (
    select content_hmac
    from content_index
    group by content_hmac
    having count(*) > 1
),
same as (
    select i.content_hmac, i.doc_id
    from content_index i
    semi join twice using (content_hmac)
)
select d.stage, lower(hex(s.content_hmac)) as content_hmac, d.code, d.config, count(distinct d.outcome) as n_outcomes
from decisions d
join same s using (doc_id)
where d.stage in ('quality', 'personal')
group by all
having n_outcomes > 1
order by d.stage, content_hmac
