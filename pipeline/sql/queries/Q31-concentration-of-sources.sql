-- Q31 [auditor, Art. 7(1)] From how many sources does each language and modality come, and how concentrated is it?
select lang, modality, n_sources, docs, top_source, top_share_ppm, hhi_ppm, n_sources < 2 as is_single
from concentration
where run = $run
order by lang, modality
