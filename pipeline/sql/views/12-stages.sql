-- The order of the stages, the order of the runs.
create or replace view stages as
select *
from (
    values
    ('sources', 1), ('licences', 2), ('documents', 3), ('prohibited', 4), ('quality', 5), ('duplicates', 6),
    ('personal', 7), ('diversity', 8), ('review', 9)
) as ordered (stage, stage_order);
create or replace view run_order as
select run, min(seq) as first_seq, max(at_us) as last_at_us
from entries
where kind = 'decisions'
group by run;
