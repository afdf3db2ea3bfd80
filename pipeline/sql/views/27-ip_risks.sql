-- What else than a licence may protect a document: one record for every document that was read, `none` too.
create or replace view ip_risks as
select r.doc_id, s.run, s.batch, s.source_id, r.ip_class, r.basis, r.rule_id, r.rule_version, make_timestamp(s.at_us) as assessed_at
from rows_ip_risks r
join entries s using (seq);
