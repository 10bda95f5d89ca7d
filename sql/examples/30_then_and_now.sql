-- How did every indicator of England move from its first to its newest period, and is the change more than chance?
-- Limits take the two periods as independent, so only periods that share no day are set beside each other.
with
figure as (
    select *, (value_upper - value_lower) / 2 / 1.959964 as error
    from published.observation
    where dimension = 'total' and area_type = 'country' and value is not null
),

earliest as (
    select *
    from figure
    qualify row_number() over (partition by indicator, area_code, sex, age, period_length order by period_end) = 1
)

select
    later.title, later.area_name, later.sex, later.age, earliest.period as first_period, earliest.value as first_value,
    later.period, later.value, later.unit, later.polarity, later.value - earliest.value as difference,
    case
        when earliest.error is null or later.error is null then 'cannot be tested: limits are missing'
        when abs(later.value - earliest.value)
            <= 1.959964 * sqrt(later.error * later.error + earliest.error * earliest.error) then 'no clear change'
        when later.polarity = 'neutral' then case when later.value > earliest.value then 'higher' else 'lower' end
        when (later.value > earliest.value) = (later.polarity = 'higher_is_better') then 'better'
        else 'worse'
    end as finding,
    later.is_modelled
from figure as later
join earliest
    on
        later.indicator = earliest.indicator and later.area_code = earliest.area_code and later.sex = earliest.sex
        and later.age = earliest.age and later.period_length = earliest.period_length
        and earliest.period_end < later.period_start
where later.is_latest
order by later.is_modelled, later.title, later.area_name, later.sex, later.age
