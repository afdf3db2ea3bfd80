-- Q21 [auditor] Which documents have no final outcome, or two decisions of one stage? (must be none for finished runs)
with furthest as (
    select d.run, max(s.stage_order) as last_order
    from decisions d
    join stages s using (stage)
    group by d.run
),
last_word as (
    select d.run, d.doc_id, arg_max(d.stage, s.stage_order) as stage, arg_max(d.outcome, s.stage_order) as outcome, max(s.stage_order) as reached
    from decisions d
    join stages s using (stage)
    group by d.run, d.doc_id
)
select l.run, l.doc_id, l.stage, 'no decision after it was kept' as problem
from last_word l
join furthest f using (run)
where l.outcome in ('keep', 'redact') and l.reached < f.last_order
union all
select run, doc_id, stage, 'decided more than once' as problem
from decisions
group by run, doc_id, stage
having count(*) > 1
order by run, doc_id, stage, problem
