-- Q04 [auditor] What is the full history of one document?
select
    h.seq, h.run, h.stage, h.decided_at, h.outcome, h.rule_id, h.rule_version, h.score_ppm, h.pii_counts,
    h.kept_doc_id, h.code, h.config
from history h
left join stages s using (stage)
where h.doc_id = $doc
order by h.decided_at_us, h.run, s.stage_order, h.seq
