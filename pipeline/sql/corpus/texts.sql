-- The texts of documents that are to be compared, those of one part together.
-- Tables: documents (doc_id, text), parts (doc_id, part).
select p.part, d.doc_id, d.text
from documents d
join parts p on d.doc_id = p.doc_id
order by p.part, d.doc_id
