-- Q20 [data engineer] Did a change shift the drop rate of a stage between runs?
with rates as (
    select stage, run, count(*) as docs, count(*) filter (outcome in ('drop', 'quarantine')) * 1000000 // count(*) as drop_ppm
    from decisions
    group by stage, run
)
select stage, run, docs, drop_ppm, drop_ppm - (avg(drop_ppm) over (partition by stage))::bigint as deviation_ppm
from rates
order by abs(deviation_ppm) desc, stage, run
limit 20
