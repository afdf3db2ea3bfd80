-- Q06 [regulator, Art. 19 algorithm mechanism] How many documents did each stage of a run keep, redact, drop, quarantine?
select
    d.stage, count(*) as n_in, count(*) filter (d.outcome = 'keep') as kept,
    count(*) filter (d.outcome = 'redact') as redacted, count(*) filter (d.outcome = 'drop') as dropped,
    count(*) filter (d.outcome = 'quarantine') as quarantined
from decisions d
left join stages s using (stage)
where d.run = $run
group by d.stage
order by min(s.stage_order), d.stage
