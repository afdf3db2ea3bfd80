-- Q29 [compliance, Art. 7(2)] What was claimed, found and decided about the licence of every source, where does it stand, who confirmed it, and which duties follow?
select
    source_id, claimed, identified, spdx_id, verdict, rule_id, lower(hex(evidence_sha256)) as evidence_sha256,
    start_char, end_char, score_ppm, captured_at, lower(hex(headers_sha256)) as headers_sha256, verified_by, verified_at,
    expires_at, duties
from licence_evidence
order by source_id
