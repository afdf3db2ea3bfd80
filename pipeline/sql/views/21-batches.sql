-- Which source a batch came from.
create or replace view batches as
select batch, arg_max(source_id, seq) as source_id
from entries
where batch is not null and source_id <> ''
group by batch;
