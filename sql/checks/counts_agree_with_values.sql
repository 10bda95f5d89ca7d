-- Warning: a count agrees with value x denominator. Publishers' do not always: the count is left out, the value kept.
-- scope: release
select
    observation.indicator, observation.area_code, observation.period, observation.sex, observation.age,
    observation.dimension, observation.scheme, observation.category, observation.value, observation.numerator,
    observation.denominator, observation.note, observation.source_line
from core.observation as observation
join core.indicator as indicator on observation.indicator = indicator.indicator
where
    observation.note_code = 'count_left_out'
    or (
        indicator.value_kind = 'proportion'
        and abs(observation.numerator - observation.value * observation.denominator / indicator.scale)
        > greatest(1.0, 0.02 * observation.numerator)
    )
