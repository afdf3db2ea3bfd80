-- Q53 [engineer] What of this run does an earlier snapshot hold already, and which document of which snapshot is it?
select l.doc_id, l.other_doc_id, l.sim_ppm, min(sd.snapshot_id) as held_by
from duplicate_links l
left join snapshot_docs sd on sd.doc_id = l.other_doc_id
where l.rule_id = 'DUP.R004' and l.run = $run
group by all
order by l.doc_id
