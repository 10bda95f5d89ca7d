-- Values are possible for their kind: shares within 0 to 100%, rates, counts and denominators not negative or infinite.
-- scope: row
select
    observation.indicator, observation.area_code, observation.period, observation.sex, observation.age,
    observation.dimension, observation.scheme, observation.category, indicator.value_kind, observation.value,
    observation.numerator, observation.denominator, observation.source_line
from core.observation as observation
join core.indicator as indicator on observation.indicator = indicator.indicator
where
    isinf(observation.value) or isnan(observation.value)
    or (indicator.value_kind in ('proportion', 'rate', 'ratio', 'mean', 'count') and observation.value < 0)
    or (
        indicator.value_kind = 'proportion' and not coalesce(indicator.can_exceed_100, false)
        and observation.value > indicator.scale
    )
    or (indicator.unit = 'years' and indicator.value_kind = 'mean' and observation.value not between 1 and 110)
    or observation.numerator < 0
    or observation.denominator < 0
    -- Where nobody is at risk there is no figure; the row says so.
    or (observation.denominator = 0 and (observation.value is not null or observation.numerator > 0))
