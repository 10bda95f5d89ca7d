-- Limits contain their values, the 99.8% limits contain the 95% ones, and limits come in pairs.
-- scope: row
select
    indicator, area_code, period, sex, age, dimension, scheme, category, value, value_lower, value_upper,
    value_lower_998, value_upper_998, source_line
from core.observation
where
    value < value_lower - 1e-6 or value > value_upper + 1e-6
    or value_lower < value_lower_998 - 1e-6 or value_upper > value_upper_998 + 1e-6
    or (value_lower is null) <> (value_upper is null)
    or (value is null and value_lower is not null)
