-- Q51 [auditor, Art. 7(4)] What did each duplicates rule do to each source: copies, versions, boilerplate, test sets?
select s.source_id, d.rule_id, r.title, d.outcome, count(*) as documents, count(distinct d.cluster_id) as clusters
from decisions d
join batches s using (batch)
left join rules r using (rule_id, rule_version)
where d.stage = 'duplicates' and d.run = $run
group by all
order by s.source_id, d.rule_id, d.outcome
