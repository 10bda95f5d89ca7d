-- Warning: no publisher's revision moves a value by more than its interval.
-- scope: release
select
    indicator, area_code, period, sex, age, dimension, scheme, category, value_before, value, bound, bounds_moved,
    source_line
from core.revised_cell
where not is_same_bytes and bounds_moved > 1 and bounds_moved <= 3
