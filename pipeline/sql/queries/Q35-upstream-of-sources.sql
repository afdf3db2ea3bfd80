-- Q35 [auditor, Art. 7(1)-(2)] Which datasets are behind each source, under which licences, and where does a chain break?
select source_id, depth, upstream_id, licence_declared, is_registered, problem
from upstreams
where run = $run
order by source_id, depth, upstream_id
