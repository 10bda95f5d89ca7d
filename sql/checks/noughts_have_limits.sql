-- A nought has the limits or the counts that other figures of its file have: without, it is a gap that was filled.
-- scope: row
with
whole as (
    select
        indicator, snapshot_sha256, count(value_upper) > 0.9 * count(value) as have_limits,
        count(denominator) > 0.9 * count(value) as have_counts
    from core.observation
    where value <> 0
    group by indicator, snapshot_sha256
)

select
    observation.indicator, observation.area_code, observation.period, observation.period_length, observation.sex,
    observation.age, observation.dimension, observation.scheme, observation.category, observation.value,
    observation.source_line, observation.snapshot_sha256
from core.observation as observation
join whole on observation.indicator = whole.indicator and observation.snapshot_sha256 = whole.snapshot_sha256
where
    observation.value = 0
    and (
        (whole.have_limits and observation.value_upper is null)
        or (whole.have_counts and observation.denominator is null)
    )
