-- Every immutable segment and what is constant for its rows.
create or replace view segments as
select
    seq, kind, stage, batch, run, source_id, actor, code, config, models, details, schema, rows, min_doc, max_doc,
    path, file_sha256, rows_root, rollup, at_us, make_timestamp(at_us) as at_time
from entries
where path <> '';
