-- No publisher's revision moves a value by more than three times what it may: that is a fault until somebody looks.
-- What it may is half its interval, or the stated bound of core.revised_cell. If it is right, publish with --force.
-- scope: delivery
select
    indicator, area_code, period, sex, age, dimension, scheme, category, value_before, value, bound, bounds_moved,
    source_line
from core.revised_cell
where not is_same_bytes and bounds_moved > 3
