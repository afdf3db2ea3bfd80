-- Signed checkpoints; `note` is the whole signed text.
create or replace view checkpoints as
select
    split_part(note, chr(10), 2)::bigint as size,
    note,
    split_part(note, chr(10), 3) as root,
    make_timestamp(split_part(split_part(note, chr(10), 4), ' ', 2)::bigint) as signed_at
from checkpoint_files;
