-- Q59 [auditor, Art. 7] How did a snapshot come to its state: draft, frozen, checked, approved, revoked or expired, when and by whom?
select state, actor, reason, at_time
from snapshot_states
where snapshot_id = $snapshot
order by seq
