-- Which indicators have the widest inequality in England now, in absolute and in relative terms?
-- Each at its newest period. Places are told within one basis, unit and kind of indicator: years, percentage points and
-- ratios are no common scale, and a ratio of something common cannot be as large as a ratio of something rare.
with
newest as (
    select
        measure.title, measure.area_name, measure.sex, measure.age, measure.period, measure.basis, measure.scheme,
        measure.measure, measure.value, measure.value_lower, measure.value_upper, measure.unit, indicator.value_kind,
        measure.grade, measure.sentence, measure.is_modelled
    from published.inequality as measure
    join published.indicator as indicator on measure.indicator = indicator.indicator
    where
        measure.is_latest and measure.area_type = 'country' and measure.transform = 'none'
        and measure.measure in ('slope_index', 'relative_index') and measure.value is not null
)

select
    measure, basis, value_kind, unit,
    row_number() over (
        partition by is_modelled, measure, basis, value_kind, unit order by value desc, title, scheme, sex, age
    ) as place,
    title, area_name, sex, age, period, scheme, value, value_lower, value_upper, grade, sentence, is_modelled
from newest
order by is_modelled, measure desc, basis, value_kind, unit, place
