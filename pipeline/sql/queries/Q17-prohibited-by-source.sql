-- Q17 [regulator, Art. 4(1)] What share of each source is prohibited content, of how many documents, with what 95 % bound, and was the source used?
select
    source_id, n_docs, n_bad, share_ppm, upper_ppm as upper_95_ppm, line_ppm, is_above_line,
    upper_ppm <= line_ppm as is_below_line_with_confidence
from source_shares
where run = $run
order by share_ppm desc, source_id
