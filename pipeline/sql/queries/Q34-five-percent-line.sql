-- Q34 [regulator, Art. 4(1)] How far is each source from the 5 % line, before and after collection, on which sample?
select source_id, phase, method, n, n_bad, share_ppm, upper_ppm, share_ppm > line_ppm as is_above, upper_ppm > line_ppm as is_unproven
from assessments
where run = $run
order by source_id, phase desc, method
