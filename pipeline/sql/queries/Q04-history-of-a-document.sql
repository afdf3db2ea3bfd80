-- Q04 [auditor] What is the full history of one document?
select
    d.seq, d.run, d.stage, d.decided_at, d.outcome, d.rule_id, d.rule_version, d.score_ppm, d.pii_counts,
    d.kept_doc_id, d.code, d.config
from decisions d
left join stages s using (stage)
where d.doc_id = $doc
order by d.decided_at_us, d.run, s.stage_order, d.seq
