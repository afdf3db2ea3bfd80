-- Q58 [auditor, Art. 7(4)] Which caps and floors has the mixture of a snapshot, and do its sampling weights keep them?
select rule_id, axis, value, share_ppm, weighted_ppm, least_ppm, most_ppm, is_met, is_shadow
from mixture_shares
where snapshot_id = $snapshot
order by rule_id, weighted_ppm desc, value
