-- Limits contain their values but for rounding, the 99.8% limits contain the 95% ones, and limits come in pairs.
-- scope: row
-- A value may be printed with fewer decimals than its limits: 0.1 of a unit, or 1% of it, as the parsers allow.
select
    indicator, area_code, period, sex, age, dimension, scheme, category, value, value_lower, value_upper,
    value_lower_998, value_upper_998, source_line
from core.observation
where
    value < value_lower - greatest(0.1, abs(value) * 0.01) or value > value_upper + greatest(0.1, abs(value) * 0.01)
    or value_lower < value_lower_998 - 1e-6 or value_upper > value_upper_998 + 1e-6
    or (value_lower is null) <> (value_upper is null)
    or (value is null and value_lower is not null)
