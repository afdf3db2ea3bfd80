-- Which documents have a text, by its HMAC as read; whoever asks computes the HMAC with the lake's key.
create or replace view content_index as
select content_hmac, doc_id
from documents
where content_hmac is not null;
