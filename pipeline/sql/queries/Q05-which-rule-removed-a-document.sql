-- Q05 [auditor] Which rule, version and code removed a document, and who approved the rule?
select
    d.run, d.stage, d.rule_id, d.rule_version, r.title, r.article, r.source,
    lower(hex(r.definition_sha256)) as definition_sha256, r.author, r.approved_by, d.code, d.config
from decisions d
left join rules r using (rule_id, rule_version)
where d.outcome in ('drop', 'quarantine') and d.doc_id = $doc
order by d.seq
