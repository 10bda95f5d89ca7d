-- One row per element of Core20PLUS5 and area (country, region, upper tier, ICB): the indicator nearest to what it asks
-- for that has a figure of the area, the latest figure, England's, and Core20 against the rest where tenths are held.
-- `fit` says how near the indicator is to the ask, `why_empty` why an area has no figure.
with
scored_area as (
    select
        area_code, area_name, area_type, is_upper_tier,
        case when area_code like 'X%' then 'X92000001' else 'E92000001' end as nation_code
    from core.area
    where
        is_current
        and (area_type in ('region', 'icb') or is_upper_tier or area_code in ('E92000001', 'X92000001'))
        and substr(area_code, 1, 1) in ('E', 'X')
),

element as (
    select distinct element, element_group, element_title, ask, fit, shown, better_source
    from staging.core20plus5
),

figure as (
    select *
    from core.observation
    where dimension = 'total' and indicator in (select indicator from staging.core20plus5)
),

-- A breakdown by age or sex has figures of England alone: what most areas have is the indicator's own.
spread as (
    select indicator, sex, age, count(distinct area_code) as areas
    from figure
    group by indicator, sex, age
),

headline as (
    select distinct on (indicator) indicator, sex, age
    from spread
    order by indicator, areas desc, sex <> 'persons', sex, age
),

latest as (
    select distinct on (figure.indicator, figure.area_code)
        figure.indicator, figure.area_code, figure.period, figure.period_length, figure.period_end, figure.sex,
        figure.age, figure.value, figure.value_lower, figure.value_upper, figure.note_code, figure.is_modelled
    from figure
    join headline
        on figure.indicator = headline.indicator and figure.sex = headline.sex and figure.age = headline.age
    order by figure.indicator, figure.area_code, figure.period_end desc, figure.period_length
),

best as (
    select distinct on (nearest.element, latest.area_code)
        nearest.element, latest.*
    from latest
    join staging.core20plus5 as nearest on latest.indicator = nearest.indicator
    order by nearest.element, latest.area_code, latest.value is null, nearest.preference
),

-- The people of national tenths 1 and 2 are Core20. A mean over tenths needs them all, and their weights.
core20 as (
    select
        indicator, area_code, period, period_length, sex, age,
        arg_min(scheme, scheme) as scheme,
        sum(value * population) filter (where category_rank <= 2)
        / sum(population) filter (where category_rank <= 2) as core20_value,
        sum(value * population) filter (where category_rank > 2)
        / sum(population) filter (where category_rank > 2) as rest_value
    from core.gradient
    where
        dimension = 'deprivation_decile' and basis = 'neighbourhoods_national'
        and indicator in (select indicator from staging.core20plus5)
    group by indicator, area_code, period, period_length, sex, age, scheme
    having count(value) = 10 and count(population) = 10
),

latest_core20 as (
    select distinct on (core20.indicator, core20.area_code)
        core20.indicator, core20.area_code, core20.period as core20_period, core20.core20_value, core20.rest_value
    from core20
    join headline
        on core20.indicator = headline.indicator and core20.sex = headline.sex and core20.age = headline.age
    order by core20.indicator, core20.area_code, core20.period desc, core20.scheme
)

select
    element.element, element.element_group, element.element_title, element.ask, element.fit,
    scored_area.area_code, scored_area.area_name, scored_area.area_type,
    best.indicator, indicator.title, indicator.unit, indicator.polarity,
    best.period, best.period_length, best.sex, best.age,
    best.value, best.value_lower, best.value_upper, england.value as england_value,
    case when scored_area.area_code <> scored_area.nation_code then best.value - england.value end
        as difference_from_england,
    latest_core20.core20_period, latest_core20.core20_value, latest_core20.rest_value,
    latest_core20.core20_value - latest_core20.rest_value as core20_gap,
    case
        when best.value is not null then null
        when best.indicator is not null then coalesce(best.note_code, 'no_value')
        when element.element in (select held.element from best as held) then 'no_figure_of_this_area'
        else 'no_indicator_held'
    end as why_empty,
    element.shown, element.better_source, coalesce(best.is_modelled, scored_area.area_code like 'X%') as is_modelled
from element
cross join scored_area
left join best on element.element = best.element and scored_area.area_code = best.area_code
left join core.indicator as indicator on best.indicator = indicator.indicator
left join figure as england
    on
        best.indicator = england.indicator and scored_area.nation_code = england.area_code
        and best.period = england.period and best.period_length = england.period_length
        and best.sex = england.sex and best.age = england.age
left join latest_core20
    on best.indicator = latest_core20.indicator and scored_area.area_code = latest_core20.area_code
order by element.element, scored_area.area_code
