-- One row per indicator, sex and age that two areas share: both figures of the newest period in common, and the first
-- less the second with its 95% limits. The limits take the two figures as independent.
-- arguments: area_a, area_b
-- gives: a table
-- try: compare('England', 'Modelled England')
with
chosen as (select area_code_of(area_a) as code_a, area_code_of(area_b) as code_b),

total as (
    select *, (value_upper - value_lower) / 2 / 1.959964 as error
    from published.observation
    where dimension = 'total' and value is not null
),

both_areas as (
    select
        a.indicator, a.title, a.sex, a.age, a.period, a.period_end, a.period_length, a.unit, a.polarity,
        a.area_name as name_a, a.value as value_a, a.value_lower as lower_a, a.value_upper as upper_a,
        b.area_name as name_b, b.value as value_b, b.value_lower as lower_b, b.value_upper as upper_b,
        a.value - b.value as difference, sqrt(a.error * a.error + b.error * b.error) as error,
        a.is_modelled or b.is_modelled as is_modelled
    from total as a
    join chosen on a.area_code = chosen.code_a
    join total as b
        on
            chosen.code_b = b.area_code and a.indicator = b.indicator and a.period = b.period
            and a.period_length = b.period_length and a.sex = b.sex and a.age = b.age
)

select
    indicator, title, sex, age, period, name_a, value_a, lower_a, upper_a, name_b, value_b, lower_b, upper_b, unit,
    difference, difference - 1.959964 * error as difference_lower, difference + 1.959964 * error as difference_upper,
    case
        when error is null then null
        when difference - 1.959964 * error > 0 then 'higher'
        when difference + 1.959964 * error < 0 then 'lower'
        else 'no clear difference'
    end as finding,
    is_modelled
from both_areas
qualify period_end = max(period_end) over (partition by indicator, sex, age, period_length)
order by title, sex, age
