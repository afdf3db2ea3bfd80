-- Documents that stay out because another copy stays.
create or replace view duplicates as
select doc_id, kept_doc_id, sim_ppm, cluster_id, rule_id, run, decided_at
from decisions
where stage = 'duplicates' and kept_doc_id is not null and kept_doc_id <> doc_id and outcome = 'drop';
