-- Q50 [engineer, Art. 7(4)] Which clusters of near duplicates are largest, and how many of each stayed?
select cluster_id, documents, kept, least_sim_ppm, greatest_sim_ppm
from clusters
where run = $run
order by documents desc, cluster_id
limit 100
