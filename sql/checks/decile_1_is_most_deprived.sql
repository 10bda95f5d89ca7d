-- Decile 1 is the most deprived: in a release, each decile has a lower mean IMD score than the one before.
-- scope: delivery
with
decile as (
    select
        imd_release, substr(lsoa_code, 1, 1) as register, imd_decile,
        cast(sum(cast(imd_score as decimal(12, 6))) as double) / count(imd_score) as mean_score,
        max(imd_rank) as last_rank, max(snapshot_sha256) as snapshot_sha256
    from core.lsoa
    group by imd_release, substr(lsoa_code, 1, 1), imd_decile
),

compared as (
    select
        *,
        lag(mean_score) over worst_first as score_before,
        lag(last_rank) over worst_first as rank_before
    from decile
    window worst_first as (partition by imd_release, register order by imd_decile)
)

select imd_release, register, imd_decile, mean_score, score_before, last_rank, rank_before, snapshot_sha256
from compared
where mean_score >= score_before or last_rank <= rank_before
