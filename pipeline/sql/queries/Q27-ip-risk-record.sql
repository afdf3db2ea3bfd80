-- Q27 [regulator, GB/T 45652 IP-risk record; Art. 7(2)] The main risk of intellectual property of every document of a run, `none` too: class, basis, rule?
select i.doc_id, i.source_id, i.ip_class, i.basis, i.rule_id, i.rule_version, r.title, i.assessed_at
from ip_risks i
left join rules r using (rule_id, rule_version)
where i.run = $run
order by i.doc_id
