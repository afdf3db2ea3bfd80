-- Personal information found, by document and type; counts only.
create or replace view pii_findings as
with parts as (
    select doc_id, run, rule_id, outcome, decided_at, unnest(string_split(pii_counts, ';')) as part
    from decisions
    where stage = 'personal' and pii_counts <> ''
)
select doc_id, run, rule_id, outcome, split_part(part, '=', 1) as entity_type, split_part(part, '=', 2)::bigint as n, decided_at
from parts;
