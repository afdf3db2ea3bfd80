-- Documents withdrawn, requests of persons, and who acted on them.
create or replace view withdrawals as
select doc_id, reason, request_id, make_timestamp(withdrawn_at_us) as withdrawn_at
from rows_withdrawals;
create or replace view withdrawal_acks as
select
    snapshot_id, puller, withdrawals_seen, make_timestamp(acked_at_us) as acked_at, action, actor,
    make_timestamp(seen_until_us) as seen_until, reason
from rows_withdrawal_acks;
create or replace view subject_requests as
select
    request_id, kind, make_timestamp(received_at_us) as received_at, make_timestamp(due_at_us) as due_at,
    make_timestamp(closed_at_us) as closed_at, outcome
from rows_subject_requests
qualify row_number() over (partition by request_id order by seq desc, row desc) = 1;
