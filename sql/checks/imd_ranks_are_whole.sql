-- An IMD release is whole: its last rank is the number of its LSOAs. If not, the file was cut: fetch it again.
-- scope: delivery
select
    imd_release, substr(lsoa_code, 1, 1) as register, count(*) as lsoa_count, max(imd_rank) as last_rank,
    max(snapshot_sha256) as snapshot_sha256
from core.lsoa
group by imd_release, substr(lsoa_code, 1, 1)
having count(*) <> max(imd_rank)
