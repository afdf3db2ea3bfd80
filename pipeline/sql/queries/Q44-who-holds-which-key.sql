-- Q44 [auditor] Which keys counted when: trusted, handed over, revoked, and from which size of the log on?
select k.seq, k.event, k.key_id, split_part(k.vkey, '+', 1) as name, k.from_size, e.actor, make_timestamp(e.at_us) as at_time
from key_events k
join entries e using (seq)
order by k.seq, k.event
