-- Who looked into what leads to persons, and which witness policies the log has adopted.
create or replace view inspections as
select r.seq, r.inspector, r.reason, r.question, make_timestamp(e.at_us) as inspected_at
from rows_inspections r
join entries e using (seq);
create or replace view policies as
select seq, details ->> 'quorum' as quorum, details -> 'lines' as lines, make_timestamp(at_us) as adopted_at
from entries
where kind = 'policies';
create or replace table subject_index as
select null::blob as subject_tag, null::varchar as entity_type, null::bigint as doc_id where false;
create or replace table locators as
select
    null::bigint as doc_id, null::varchar as source_id, null::varchar as locator, null::varchar as url,
    null::timestamp as fetched_at
where false;
