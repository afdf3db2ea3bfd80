-- What left because of a request, object by object, and who looked persons up.
create or replace view erasures as
select
    r.request_id, r.place, r.n_documents, r.object_before_sha256, r.object_after_sha256, r.replaced_by, s.actor,
    make_timestamp(r.erased_at_us) as erased_at
from rows_erasures r
join entries s using (seq);
create or replace view subject_lookups as
select
    r.request_id, r.identifier_kind, r.n_places, r.n_documents, s.actor, make_timestamp(r.looked_up_at_us) as looked_up_at
from rows_subject_lookups r
join entries s using (seq);
