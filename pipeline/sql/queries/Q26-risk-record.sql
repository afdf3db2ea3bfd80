-- Q26 [regulator, GB/T 45652 risk identification; Art. 4(1)] The risk record of every document, clean ones too: verdict, class, score, detector and version?
select
    d.run, d.doc_id, d.outcome, d.rule_id, d.rule_version,
    case when d.outcome = 'keep' then 'none' else r.title end as risk, d.score_ppm as score,
    e.models ->> 'lexicon' as detector, d.config as rules_sha256, d.code, d.decided_at
from decisions d
join entries e using (seq)
left join rules r using (rule_id, rule_version)
where d.stage = 'prohibited' and d.run = $run
order by d.doc_id
