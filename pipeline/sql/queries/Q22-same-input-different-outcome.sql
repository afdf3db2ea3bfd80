-- Q22 [auditor] Was the same text decided differently under the same code and config? (must be none)
select d.stage, lower(hex(i.content_hmac)) as content_hmac, d.code, d.config, count(distinct d.outcome) as n_outcomes
from decisions d
join documents i using (doc_id)
where d.stage in ('quality', 'personal') and i.content_hmac is not null
group by all
having n_outcomes > 1
order by d.stage, content_hmac
