-- Registered sources as last recorded.
create or replace view sources as
select
    source_id, kind, data_type, origin, licence_declared, make_timestamp(collected_from_us) as collected_from,
    make_timestamp(collected_to_us) as collected_to, contains_pi, pi_basis, register_sha256, version, modality,
    languages, storage_region, data_grade, is_commercial, make_timestamp(recheck_us) as recheck_at,
    make_timestamp(contract_expires_us) as contract_expires_at
from rows_sources
qualify row_number() over (partition by source_id order by seq desc, row desc) = 1;
create or replace view licence_evidence as
select
    evidence_sha256, source_id, spdx_id, verdict, rule_id, rule_version, make_timestamp(verified_at_us) as verified_at,
    verified_by, make_timestamp(expires_at_us) as expires_at, claimed, identified, start_char, end_char, score_ppm,
    make_timestamp(captured_at_us) as captured_at, headers_sha256, duties
from rows_licence_evidence
qualify row_number() over (partition by source_id, evidence_sha256 order by seq desc, row desc) = 1;
create or replace view rules as
select
    rule_id, rule_version, stage, article, title, outcome, definition_sha256, source, author, approved_by,
    make_timestamp(valid_from_us) as valid_from
from rows_rules
qualify row_number() over (partition by rule_id, rule_version order by seq desc, row desc) = 1;
create or replace view runs as
select run, stage_rules_sha256, n_sources, n_batches, code, use, place, is_commercial
from rows_runs
qualify row_number() over (partition by run order by seq desc, row desc) = 1;
create or replace view source_shares as
select run, source_id, n_docs, n_bad, share_ppm, upper_ppm, line_ppm, is_above_line
from rows_source_shares;
