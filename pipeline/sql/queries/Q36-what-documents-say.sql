-- Q36 [auditor, Art. 7(1)] How many documents are labelled as made by AI, reserve their use, bear markings, were refused?
select signal, "value", sum(n_documents)::bigint as docs, count(distinct source_id) as sources
from signals
where run = $run
group by signal, "value"
order by signal, "value"
