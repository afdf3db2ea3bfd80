-- Q33 [auditor, Art. 7(1)] Which registrations changed, and since when does each version hold?
select source_id, version, first_at, last_run, register_sha256, evidence
from source_versions
where source_id in (select source_id from source_versions group by source_id having count(*) > 1)
order by source_id, version
