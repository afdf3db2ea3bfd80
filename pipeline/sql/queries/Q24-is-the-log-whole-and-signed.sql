-- Q24 [auditor] Are the numbers of the log gapless, and how many entries has the notary not signed yet?
select
    coalesce(max(seq) + 1, 0) - count(*) as gaps, count(*) as n_entries,
    (select coalesce(max(size), 0) from checkpoints) as n_signed,
    count(*) - (select coalesce(max(size), 0) from checkpoints) as n_unsigned
from entries
