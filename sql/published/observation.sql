-- One row per indicator, area, period, period length, sex, age, dimension, scheme and category, with names.
select
    observation.indicator, indicator.title, observation.area_code, area.area_name, area.area_type,
    observation.period, observation.period_label, observation.period_length,
    observation.period_start, observation.period_end,
    observation.period_end = max(observation.period_end) over (
        partition by observation.indicator, observation.area_code, observation.period_length, observation.sex,
            observation.age, observation.dimension, observation.scheme, observation.category
    ) as is_latest,
    observation.sex, observation.age, observation.age_label,
    observation.dimension, observation.scheme, observation.category, observation.category_label,
    observation.category_rank,
    observation.value, observation.value_lower, observation.value_upper,
    observation.value_lower_998, observation.value_upper_998, observation.standard_error,
    observation.numerator, observation.denominator, indicator.denominator_kind, indicator.unit, indicator.polarity,
    observation.note_code, observation.note,
    observation.source, observation.snapshot_sha256, observation.source_line, observation.is_modelled
from core.observation as observation
join core.indicator as indicator on observation.indicator = indicator.indicator
join core.area as area on observation.area_code = area.area_code
