-- Removal rates of documents that mention a group, beside those that mention any group of the same axis, per rule.
create or replace view parities as
select run, stage, rule_id, axis, value, docs, docs_removed, axis_docs, axis_docs_removed, ratio_ppm, is_flagged
from rows_parities;
