-- Who answered for a rule that removed much of a source, and why.
create or replace view acknowledgements as
select a.run, a.stage, a.source_id, a.rule_id, a.n_documents, a.n_removed, a.reason, e.actor, make_timestamp(e.at_us) as acknowledged_at
from rows_acknowledgements a
join entries e using (seq);
