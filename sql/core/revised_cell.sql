-- One row per cell of the previous release that says something else now: the two values and how far apart they are.
-- `bound` is how far a value may move. With limits it is the wider half of them in either release. Without, it is three
-- times the middle step of the series from one period to the next, about half a 95% interval of a step; of the series
-- itself where it has four steps, else of all series like it in areas of its type. Where there are no steps it is half
-- a year, one percentage point, or a twentieth of the value, and never less than a tenth of that.
-- `is_same_bytes`: the bytes it came from are still in this input, so no publisher revised it and we did.
with
stepped as (
    select
        indicator, area_code, area_type, period_length, sex, age, dimension, scheme, category,
        abs(value - lag(value) over (
            partition by indicator, area_code, period_length, sex, age, dimension, scheme, category order by period
        )) as step
    from previous.observation
),

own_step as (
    select
        indicator, area_code, period_length, sex, age, dimension, scheme, category,
        case when count(step) >= 4 then median(step) end as step
    from stepped
    group by indicator, area_code, period_length, sex, age, dimension, scheme, category
),

common_step as (
    select indicator, area_type, period_length, sex, age, dimension, scheme, median(step) as step
    from stepped
    group by indicator, area_type, period_length, sex, age, dimension, scheme
),

compared as (
    select
        before.indicator, before.area_code, before.area_type, before.period, before.period_length, before.sex,
        before.age, before.dimension, before.scheme, before.category,
        -- What a publisher suppresses now is not told of the previous release either.
        case when now.value is not null or coalesce(now.note_code, '') not like 'suppressed%' then before.value end
            as value_before,
        now.value, before.note_code as note_code_before, now.note_code,
        before.snapshot_sha256 as snapshot_before, now.snapshot_sha256, now.source_line,
        before.snapshot_sha256 in (select sha256 from staging.snapshot) as is_same_bytes,
        case
            when before.value_upper is not null or now.value_upper is not null
                then greatest(
                    before.value_upper - before.value, before.value - before.value_lower,
                    now.value_upper - now.value, now.value - now.value_lower
                )
        end as half_interval,
        case indicator.unit
            when 'years' then 0.5
            when '%' then 1.0
            else greatest(0.05 * abs(before.value), 1e-6)
        end as stated_bound
    from previous.observation as before
    join core.observation as now
        on
            before.indicator = now.indicator and before.area_code = now.area_code and before.period = now.period
            and before.period_length = now.period_length and before.sex = now.sex and before.age = now.age
            and before.dimension = now.dimension and before.scheme = now.scheme and before.category = now.category
    join core.indicator as indicator on now.indicator = indicator.indicator
    where before.value is distinct from now.value or before.note_code is distinct from now.note_code
),

bounded as (
    select
        compared.* exclude (half_interval, stated_bound),
        greatest(
            coalesce(
                compared.half_interval, 3 * own_step.step, 3 * common_step.step, compared.stated_bound
            ),
            -- Limits no wider than a rounding would make a fault of every revision.
            0.1 * compared.stated_bound
        ) as bound
    from compared
    left join own_step
        on
            compared.indicator = own_step.indicator and compared.area_code = own_step.area_code
            and compared.period_length = own_step.period_length and compared.sex = own_step.sex
            and compared.age = own_step.age and compared.dimension = own_step.dimension
            and compared.scheme = own_step.scheme and compared.category = own_step.category
    left join common_step
        on
            compared.indicator = common_step.indicator and compared.area_type = common_step.area_type
            and compared.period_length = common_step.period_length and compared.sex = common_step.sex
            and compared.age = common_step.age and compared.dimension = common_step.dimension
            and compared.scheme = common_step.scheme
)

select *, abs(value - value_before) / bound as bounds_moved
from bounded
