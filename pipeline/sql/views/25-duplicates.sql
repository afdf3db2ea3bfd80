-- Documents that stay out because another copy stays.
create or replace view duplicates as
select doc_id, kept_doc_id, sim_ppm, cluster_id, rule_id, run, decided_at
from decisions
where stage = 'duplicates' and kept_doc_id is not null and kept_doc_id <> doc_id and outcome = 'drop';
create or replace view duplicate_links as
select doc_id, kept_doc_id as other_doc_id, sim_ppm, cluster_id, rule_id, run, decided_at
from decisions
where stage = 'duplicates' and kept_doc_id is not null and outcome = 'keep';
create or replace view clusters as
select
    run, cluster_id, count(*) as documents, count(*) filter (outcome = 'keep') as kept,
    min(sim_ppm) as least_sim_ppm, max(sim_ppm) as greatest_sim_ppm
from decisions
where stage = 'duplicates' and cluster_id is not null
group by run, cluster_id;
