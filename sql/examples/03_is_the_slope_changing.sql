-- How has the slope index of obesity and of inactivity over national neighbourhood tenths moved, period by period?
-- Percentage points, positive = worse for the deprived. Do not read a change across a `series_break`.
select
    title, area_name, scheme, period,
    value, value_lower, value_upper, unit, series_break, grade, grade_reason, is_modelled
from published.inequality
where
    indicator in ('obesity_prevalence_adults', 'physical_inactivity_adults')
    and measure = 'slope_index' and transform = 'none' and basis = 'neighbourhoods_national'
order by title, is_modelled, area_code, scheme, sex, age, period_end
