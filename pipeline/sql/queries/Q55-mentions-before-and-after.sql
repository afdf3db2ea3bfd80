-- Q55 [regulator, Art. 4(2)] Whom does the corpus mention, before and after selection?
select axis, value, docs_before, docs_after, (docs_after * 1000000 // nullif(docs_before, 0))::bigint as kept_ppm
from mixes
where run = $run and axis like 'mentions %'
order by axis, value
