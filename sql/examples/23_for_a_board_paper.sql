-- What may stand in a board paper: one sentence an indicator, its figure with limits, and every caveat beside it?
-- The newest slope index of each indicator over England's neighbourhoods. Association, not cause: nothing here says
-- that deprivation alone makes the difference, or that acting on it would close it.
select
    measure.title, measure.sentence, measure.period, measure.value, measure.value_lower, measure.value_upper,
    measure.unit, measure.grade, measure.grade_reason, measure.series_break, measure.break_reason, measure.weighting,
    indicator.sources_used, indicator.licence, measure.is_modelled
from published.inequality as measure
join published.indicator as indicator on measure.indicator = indicator.indicator
where
    measure.is_latest and measure.measure = 'slope_index' and measure.transform = 'none'
    and measure.area_type = 'country' and measure.basis = 'neighbourhoods_national' and measure.value is not null
order by measure.is_modelled, measure.title, measure.area_name, measure.scheme, measure.sex, measure.age
