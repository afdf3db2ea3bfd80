-- What people and expectations found; the mix; keys.
create or replace view reviews as
select doc_id, reviewer, verdict, campaign, make_timestamp(reviewed_at_us) as reviewed_at
from rows_reviews;
create or replace view expectation_results as
select r.seq, s.run, s.stage, r.gate, r.suite, r.expectation, r."column", r.is_success, r.observed, make_timestamp(s.at_us) as checked_at
from rows_expectation_results r
join entries s using (seq);
create or replace view mixes as
select run, axis, value, docs_before, docs_after, chars_before, chars_after
from rows_mixes;
create or replace view mixture_shares as
select r.snapshot_id, r.rule_id, r.axis, r.value, r.share_ppm, r.weighted_ppm, r.least_ppm, r.most_ppm, r.is_met, r.is_shadow
from rows_mixture_shares r
qualify r.seq = max(r.seq) over (partition by r.snapshot_id);
create or replace view key_events as
select seq, event, key_id, vkey, from_size
from rows_key_events;
create or replace view openlineage as
select r.seq, s.run, r.event_type, r.job, r.run_uuid, r.event::json as event, make_timestamp(s.at_us) as appended_at
from rows_openlineage r
join entries s using (seq);
