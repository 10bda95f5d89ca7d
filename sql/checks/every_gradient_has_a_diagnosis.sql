-- Every gradient has a diagnosis: no slope index is graded without a look at its groups.
-- scope: release
with
gradient as (
    select distinct indicator, area_code, period, period_length, sex, age, dimension, scheme
    from core.gradient
)

select
    gradient.indicator, gradient.area_code, gradient.period, gradient.period_length, gradient.sex, gradient.age,
    gradient.dimension, gradient.scheme
from gradient
anti join measures.slope_diagnosis as diagnosis
    on
        gradient.indicator = diagnosis.indicator and gradient.area_code = diagnosis.area_code
        and gradient.period = diagnosis.period and gradient.period_length = diagnosis.period_length
        and gradient.sex = diagnosis.sex and gradient.age = diagnosis.age
        and gradient.dimension = diagnosis.dimension and gradient.scheme = diagnosis.scheme
