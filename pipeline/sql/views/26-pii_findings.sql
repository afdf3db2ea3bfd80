-- Personal information found, by document, type and what was done with it; counts only.
create or replace view pii_findings as
with parts as (
    select doc_id, run, rule_id, outcome, decided_at, unnest(string_split(pii_counts, ';')) as part
    from decisions
    where stage = 'personal' and pii_counts <> ''
),

split as (
    select
        doc_id, run, rule_id, outcome, decided_at, split_part(part, '=', 1) as entity_type,
        split_part(split_part(part, '=', 2), ':', 1)::bigint as n, nullif(split_part(part, ':', 2), '') as done
    from parts
)
select
    doc_id, run, rule_id, outcome, entity_type, n, decided_at, split_part(done, '/', 1) as treatment,
    nullif(split_part(done, '/', 2), '') as basis,
    split_part(done, '/', 1) not in ('anonymised', 'removed', 'dropped', 'quarantined') as is_still_personal
from split;
