-- Which documents hold an identifier, by its tag; the tag is made with a key that is not in here.
create or replace table subject_index as
select subject_tag, entity_type, doc_id, start, "end"
from read_parquet($index, hive_partitioning = false)
order by subject_tag, doc_id;
