-- Q54 [regulator, Art. 4(2)] Which rule removes documents that mention some groups more or less often than others?
select
    p.rule_id, r.title, p.axis, p.value, p.docs, p.docs_removed, p.axis_docs, p.axis_docs_removed, p.ratio_ppm,
    p.is_flagged
from parities p
left join rules r on r.rule_id = p.rule_id
where p.run = $run and p.ratio_ppm is not null
order by p.is_flagged desc, abs(p.ratio_ppm - 1000000) desc, p.rule_id, p.axis, p.value
