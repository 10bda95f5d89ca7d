-- One row per gradient: how well a straight line describes its groups, and what that costs the grade of its slope.
select
    diagnosis.indicator, indicator.title, diagnosis.area_code, area.area_name,
    diagnosis.period, diagnosis.period_length, diagnosis.period_start, diagnosis.period_end,
    diagnosis.sex, diagnosis.age, diagnosis.dimension, diagnosis.scheme, diagnosis.basis,
    diagnosis.* exclude (
        indicator, area_code, period, period_length, period_start, period_end, sex, age, dimension, scheme, basis
    )
from measures.slope_diagnosis as diagnosis
join core.indicator as indicator on diagnosis.indicator = indicator.indicator
join core.area as area on diagnosis.area_code = area.area_code
