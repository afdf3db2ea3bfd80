-- Every document that was read, as the stage documents last saw it.
create or replace view documents as
select doc_id, doc_id >> 32 as batch, content_hmac, n_chars, decided_at as ingested_at, lang
from decisions
where stage = 'documents'
qualify row_number() over (partition by doc_id order by seq desc) = 1;
