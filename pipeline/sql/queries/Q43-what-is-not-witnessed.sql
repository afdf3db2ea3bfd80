-- Q43 [auditor] Which entries came after the newest signed checkpoint, by kind and age? (nobody stands for them yet)
select
    e.kind, e.stage, count(*) as n_entries, min(e.seq) as first_seq, max(e.seq) as last_seq,
    make_timestamp(min(e.at_us)) as oldest
from entries e
where e.seq >= (select coalesce(max(size), 0) from checkpoints)
group by e.kind, e.stage
order by first_seq
