-- No publisher's revision moves a value by more than three times what it may: that is a fault until somebody looks.
-- What it may is half its interval, or what the series does from period to period (core.revised_cell). A series that
-- was rebased as a whole is said once, by rebases_are_accepted.
-- scope: delivery
select
    cell.indicator, cell.area_code, cell.period, cell.period_length, cell.sex, cell.age, cell.dimension, cell.scheme,
    cell.category, cell.value_before, cell.value, cell.bound, cell.bounds_moved, cell.source_line,
    cell.snapshot_sha256
from core.revised_cell as cell
anti join (select indicator, snapshot_sha256 from core.revised_delivery where is_rebase) as rebased
    on cell.indicator = rebased.indicator and cell.snapshot_sha256 = rebased.snapshot_sha256
where not cell.is_same_bytes and cell.bounds_moved > 3
