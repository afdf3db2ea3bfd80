-- Q45 [regulator, Art. 7(2)] Is a given text in the corpus, and what became of it? (by its HMAC, from its keeper)
select i.doc_id, b.source_id, f.run, f.last_stage, f.last_outcome, f.rule_id
from content_index i
left join batches b on b.batch = i.doc_id >> 32
left join final_status f using (doc_id)
where i.content_hmac = unhex($hmac)
order by i.doc_id
