-- Where a document was read, for a named inspector: file and place within it, address. No text.
create or replace table locators as
select doc_id, source_id, locator, url, make_timestamp(fetched_at_us) as fetched_at
from read_parquet($documents, hive_partitioning = false)
order by doc_id;
