-- One row per sex and age: an area's figure of an indicator in two periods, and the later less the earlier with its 95%
-- limits. The limits take the two as independent, so periods that share days give none.
-- arguments: indicator_name, area, from_period, to_period
-- gives: a table
-- try: change('smoking_prevalence_adults', 'England', '2019', '2019')
with
chosen as (select indicator_of(indicator_name) as indicator, area_code_of(area) as area_code),

held as (
    select figure.period, min(figure.period_start) as period_start
    from published.observation as figure
    join chosen on figure.indicator = chosen.indicator and figure.area_code = chosen.area_code
    where figure.dimension = 'total'
    group by figure.period
),

wanted as (
    select
        asked.end_of_change,
        case
            when asked.period in (select period from held) then asked.period
            else error(
                'No figure of ' || asked.period || '. Held: '
                || coalesce((select string_agg(period, ', ' order by period_start, period) from held), 'none') || '.'
            )
        end as period
    from (
        values ('from', replace(from_period, ' ', '')), ('to', replace(to_period, ' ', ''))
    ) as asked (end_of_change, period)
),

total as (
    select figure.*, (figure.value_upper - figure.value_lower) / 2 / 1.959964 as error
    from published.observation as figure
    join chosen on figure.indicator = chosen.indicator and figure.area_code = chosen.area_code
    where figure.dimension = 'total'
),

pair as (
    select
        earlier.title, earlier.area_name, earlier.sex, earlier.age, earlier.unit,
        earlier.period as period_from, earlier.value as value_from,
        earlier.value_lower as lower_from, earlier.value_upper as upper_from,
        later.period as period_to, later.value as value_to,
        later.value_lower as lower_to, later.value_upper as upper_to,
        later.value - earlier.value as difference,
        case
            when earlier.period_end < later.period_start
                then sqrt(earlier.error * earlier.error + later.error * later.error)
        end as error,
        earlier.period_end >= later.period_start as periods_overlap,
        earlier.is_modelled or later.is_modelled as is_modelled
    from total as earlier
    join total as later
        on
            earlier.sex = later.sex and earlier.age = later.age and earlier.period_length = later.period_length
    where
        earlier.period = (select period from wanted where end_of_change = 'from')
        and later.period = (select period from wanted where end_of_change = 'to')
)

select
    title, area_name, sex, age, period_from, value_from, lower_from, upper_from,
    period_to, value_to, lower_to, upper_to, unit,
    difference, difference - 1.959964 * error as difference_lower, difference + 1.959964 * error as difference_upper,
    case
        when periods_overlap then 'cannot be tested: the periods share days'
        when error is null then 'cannot be tested: limits are missing'
        when difference - 1.959964 * error > 0 then 'higher'
        when difference + 1.959964 * error < 0 then 'lower'
        else 'no clear change'
    end as finding,
    is_modelled
from pair
order by sex, age
