-- In words and with every caution: is the gap in obesity and in inactivity closing?
-- Each pair of periods that ends with the newest, the first against the last before the others. A break in the series,
-- or limits that are missing, forbid a verdict, and the sentence says so.
select
    title, area_name, period_from, period_to, is_first_to_last, verdict_absolute, verdict_relative, sentence, grade,
    break_reason, is_modelled
from published.inequality_change
where
    indicator in ('obesity_prevalence_adults', 'physical_inactivity_adults')
    and measure = 'slope_index' and dimension = 'deprivation_decile' and area_type = 'country' and is_latest
order by is_modelled, title, area_name, scheme, is_first_to_last desc, period_to_end desc, period_from_start
