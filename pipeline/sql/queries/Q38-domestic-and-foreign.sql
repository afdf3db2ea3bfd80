-- Q38 [regulator, Art. 7(1); GB/T 45652 (draft read) 6.1] What share of each language comes from the country where models are trained, and what from abroad?
select
    lang, origin, jurisdictions, n_sources, docs, chars,
    (chars * 1000000 // greatest(sum(chars) over (partition by lang), 1))::bigint as share_ppm
from origin_mix
where run = $run
order by lang, origin
