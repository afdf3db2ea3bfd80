-- Q57 [model team, Art. 7(4)] How did the mix move from one snapshot to another, on every axis?
with sides as (
    select 'previous' as side, run from snapshots where snapshot_id = $previous
    union all
    select 'current', run from snapshots where snapshot_id = $snapshot
),
totals as (
    select side, sum(docs_after) as docs
    from mixes join sides using (run)
    where axis = 'lang'
    group by side
),
figures as (
    select
        side, axis, value,
        if(axis in ('concentration', 'texts'), docs_after, docs_after * 1000000 // nullif(docs, 0)) as figure
    from mixes join sides using (run) join totals using (side)
),
moved as (
    select
        axis, value,
        coalesce(max(figure) filter (side = 'previous'), 0)::bigint as previous,
        coalesce(max(figure) filter (side = 'current'), 0)::bigint as current
    from figures
    group by axis, value
)
select axis, value, previous, current, current - previous as moved
from moved
order by axis in ('concentration', 'texts'), abs(current - previous) desc, axis, value
limit 200
