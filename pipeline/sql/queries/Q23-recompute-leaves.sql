-- Q23 [auditor] What is the leaf hash of each decision of one segment, recomputed here?
select
    row,
    sha256(chr(0) || json_array(
        doc_id::varchar, outcome, rule_id, rule_version, score_ppm, lang, pii_counts, kept_doc_id::varchar,
        cluster_id::varchar, sim_ppm, lower(hex(content_hmac)), n_chars, lower(hex(evidence_sha256)),
        lower(hex(detail_commit))
    )::varchar) as leaf_sha256
from rows_decisions
where seq = $seq
order by row
