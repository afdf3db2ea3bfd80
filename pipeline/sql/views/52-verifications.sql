-- How many findings differ between the accelerated scan and the recognizers alone, on a sample of each run.
create or replace view verifications as
select run, stage, against, n_documents, n_findings, n_differing, n_unscanned
from rows_verifications;
