-- Q56 [auditor, Art. 7(4)] How varied is the corpus before and after selection: entropy and concentration by axis, words, sequences, likeness?
select axis, value, docs_before as before, docs_after as after, docs_after - docs_before as moved
from mixes
where run = $run and axis in ('concentration', 'texts')
order by axis, value
