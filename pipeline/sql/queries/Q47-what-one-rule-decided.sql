-- Q47 [regulator, Art. 19 algorithm mechanism] What did every rule of a run decide, in which version, on how many documents?
select
    d.stage, d.rule_id, d.rule_version, r.title, r.article, d.outcome, count(*) as docs,
    min(d.score_ppm) as score_from_ppm, max(d.score_ppm) as score_to_ppm
from decisions d
left join rules r using (rule_id, rule_version)
left join stages s on s.stage = d.stage
where d.run = $run
group by d.stage, d.rule_id, d.rule_version, r.title, r.article, d.outcome, s.stage_order
order by s.stage_order, docs desc, d.rule_id, d.outcome
