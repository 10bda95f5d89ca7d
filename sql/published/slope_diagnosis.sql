-- One row per gradient: how well a straight line describes its groups, and what that costs the grade of its slope.
select
    diagnosis.indicator, indicator.title, diagnosis.area_code, area.area_name,
    diagnosis.period, diagnosis.period_length, diagnosis.period_start, diagnosis.period_end,
    diagnosis.period_end = max(diagnosis.period_end) over (
        partition by diagnosis.indicator, diagnosis.area_code, diagnosis.period_length, diagnosis.sex,
            diagnosis.age, diagnosis.dimension, diagnosis.scheme, diagnosis.basis
    ) as is_latest,
    diagnosis.sex, diagnosis.age, diagnosis.dimension, diagnosis.scheme, diagnosis.basis,
    diagnosis.group_count, diagnosis.linearity, diagnosis.leverage, diagnosis.leverage_rank, diagnosis.monotonicity,
    diagnosis.reversals, diagnosis.missing_groups, diagnosis.imbalance, diagnosis.fewest_events,
    diagnosis.residual_lower, diagnosis.residual_upper, diagnosis.precision,
    diagnosis.grade, diagnosis.grade_reason, diagnosis.note_code
from measures.slope_diagnosis as diagnosis
join core.indicator as indicator on diagnosis.indicator = indicator.indicator
join core.area as area on diagnosis.area_code = area.area_code
