-- Q19 [regulator, Art. 8] How large were the samples people reviewed, and what share passed?
select
    campaign, reviewer, count(*) as docs, count(*) filter (verdict = 'pass') * 1000000 // count(*) as pass_ppm
from reviews
group by campaign, reviewer
order by campaign, reviewer
