-- One row per cell of the previous release that says something else now: the two values and how far apart they are.
-- `bound` is how far a value may move: the wider half of its limits in either release; without limits half a year, one
-- percentage point, or a twentieth of the value. `is_same_bytes`: the bytes it came from are still in this input, so no
-- publisher revised it and we did.
with
compared as (
    select
        before.indicator, before.area_code, before.period, before.period_length, before.sex, before.age,
        before.dimension, before.scheme, before.category,
        before.value as value_before, now.value, before.note_code as note_code_before, now.note_code,
        before.snapshot_sha256 as snapshot_before, now.snapshot_sha256, now.source_line,
        before.snapshot_sha256 in (select sha256 from staging.snapshot) as is_same_bytes,
        greatest(
            before.value_upper - before.value, before.value - before.value_lower,
            now.value_upper - now.value, now.value - now.value_lower
        ) as half_interval,
        case indicator.unit
            when 'years' then 0.5
            when '%' then 1.0
            else greatest(0.05 * abs(before.value), 1e-6)
        end as bound_without_limits
    from previous.observation as before
    join core.observation as now
        on
            before.indicator = now.indicator and before.area_code = now.area_code and before.period = now.period
            and before.period_length = now.period_length and before.sex = now.sex and before.age = now.age
            and before.dimension = now.dimension and before.scheme = now.scheme and before.category = now.category
    join core.indicator as indicator on now.indicator = indicator.indicator
),

bounded as (
    select
        * exclude (half_interval, bound_without_limits),
        -- Limits no wider than a rounding would make a fault of every revision.
        coalesce(greatest(half_interval, 0.1 * bound_without_limits), bound_without_limits) as bound
    from compared
)

select *, abs(value - value_before) / bound as bounds_moved
from bounded
where value is distinct from value_before or note_code is distinct from note_code_before
