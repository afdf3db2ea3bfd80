-- Q46 [data protection officer, Art. 19] Who looked into what leads to persons, why, and what was asked?
select seq, inspector, reason, question, inspected_at
from inspections
order by seq
