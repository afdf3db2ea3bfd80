-- Q17 [regulator, Art. 4(1)] How many documents were removed as prohibited content, by source; which are above 5 percent?
with counted as (
    select b.source_id, count(*) filter (d.outcome in ('drop', 'quarantine')) as removed, count(*) as docs
    from decisions d
    left join batches b using (batch)
    where d.stage = 'prohibited' and d.run = $run
    group by b.source_id
)
select source_id, removed, docs, removed * 1000000 // docs as removed_ppm, removed * 20 > docs as is_above_line
from counted
where removed > 0
order by removed_ppm desc, source_id
