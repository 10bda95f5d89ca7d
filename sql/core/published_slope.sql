-- One row per slope index as its publisher prints it, of a country or an area: no groups, so no relative index.
-- Positive = worse for the deprived, as ours. The newest of an area may be older than a rebase of populations.
select
    observation.indicator, observation.area_code, observation.period, observation.period_length,
    observation.period_start, observation.period_end, observation.sex, observation.age,
    observation.dimension, observation.scheme,
    observation.value, observation.value_lower, observation.value_upper,
    indicator.unit, observation.note_code, observation.is_modelled
from core.observation as observation
join core.indicator as indicator on observation.indicator = indicator.indicator
where
    indicator.value_kind = 'index' and starts_with(indicator.indicator, 'slope_index_of_')
    and observation.dimension = 'total' and observation.value is not null
