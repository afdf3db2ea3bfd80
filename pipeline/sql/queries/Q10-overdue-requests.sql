-- Q10 [data protection officer, Art. 11] Which requests of persons are open past their due date?
select request_id, kind, received_at, due_at
from subject_requests
where closed_at is null and due_at < make_timestamp($now_us)
order by due_at, request_id
