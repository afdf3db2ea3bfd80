-- Q05 [auditor] Which rule, version and code removed a document, and who approved the rule?
select
    h.run, h.stage, h.rule_id, h.rule_version, r.title, r.article, r.source,
    lower(hex(r.definition_sha256)) as definition_sha256, r.author, r.approved_by, h.code, h.config
from history h
left join rules r using (rule_id, rule_version)
where h.outcome in ('drop', 'quarantine') and h.doc_id = $doc
order by h.seq
