-- Warning: no publisher's revision moves a value by more than its interval, or, without one, than its series moves.
-- scope: release
select
    indicator, area_code, period, period_length, sex, age, dimension, scheme, category, value_before, value, bound,
    bounds_moved, source_line, snapshot_sha256
from core.revised_cell
where not is_same_bytes and bounds_moved > 1 and bounds_moved <= 3
