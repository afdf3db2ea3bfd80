-- Snapshots in their last state and in every state they were in, their documents, who approved and pulled them.
create or replace view snapshots as
select
    snapshot_id, name, version, run, state, use, make_timestamp(created_at_us) as created_at, checkpoint_size,
    manifest_sha256
from rows_snapshots
qualify row_number() over (partition by snapshot_id order by seq desc, row desc) = 1;
create or replace view snapshot_docs as
select snapshot_id, doc_id, shard, row_in_shard
from rows_snapshot_members
qualify row_number() over (partition by snapshot_id, doc_id order by seq desc) = 1;
create or replace view approvals as
select
    snapshot_id, actor, role, decision, reason, key_id, manifest_sha256, signature,
    make_timestamp(approved_at_us) as approved_at
from rows_approvals;
create or replace view pulls as
select snapshot_id, puller, make_timestamp(pulled_at_us) as pulled_at, manifest_sha256
from rows_pulls;
create or replace view snapshot_states as
select
    seq, snapshot_id, state, actor, details ->> 'reason' as reason, manifest_sha256, make_timestamp(at_us) as at_time
from rows_snapshots join entries using (seq);
