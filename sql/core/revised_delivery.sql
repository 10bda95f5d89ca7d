-- One row per delivery and indicator that says other figures than the previous release: how many moved, and how far.
-- `is_rebase`: at least four in five of ten figures or more moved, so the publisher worked the whole series out anew.
-- Where nearly all moved by one factor, `common_factor` says which: other units or a halving, hardly a rebase.
with
common as (
    select
        now.indicator, now.snapshot_sha256, count(*) as cells,
        count(distinct now.period) as periods, count(distinct now.area_code) as areas
    from core.observation as now
    join previous.observation as before
        on
            before.indicator = now.indicator and before.area_code = now.area_code and before.period = now.period
            and before.period_length = now.period_length and before.sex = now.sex and before.age = now.age
            and before.dimension = now.dimension and before.scheme = now.scheme and before.category = now.category
    where now.value is not null and before.value is not null
    group by now.indicator, now.snapshot_sha256
),

moved as (
    select
        indicator, snapshot_sha256, count(*) as cells_moved,
        count(*) filter (where value > value_before) as cells_up,
        count(*) filter (where bounds_moved > 1) as cells_beyond_bound,
        count(*) filter (where bounds_moved > 3) as cells_not_believable,
        median(value - value_before) as median_difference,
        median(abs(value - value_before)) as median_distance,
        median(value / nullif(value_before, 0)) as median_factor,
        median(bounds_moved) as median_bounds_moved,
        max(bounds_moved) as most_bounds_moved
    from core.revised_cell
    where not is_same_bytes and round(value, 9) <> round(value_before, 9)
    group by indicator, snapshot_sha256
),

alike as (
    select
        cell.indicator, cell.snapshot_sha256,
        count(*) filter (
            where abs(cell.value / nullif(cell.value_before, 0) / moved.median_factor - 1) < 0.01
        ) as cells_alike
    from core.revised_cell as cell
    join moved on cell.indicator = moved.indicator and cell.snapshot_sha256 = moved.snapshot_sha256
    where not cell.is_same_bytes and round(cell.value, 9) <> round(cell.value_before, 9)
    group by cell.indicator, cell.snapshot_sha256
)

select
    moved.indicator, moved.snapshot_sha256, snapshot.path, common.cells, common.areas, common.periods,
    moved.cells_moved, moved.cells_up, moved.cells_beyond_bound, moved.cells_not_believable,
    moved.median_difference, moved.median_distance,
    moved.median_bounds_moved, moved.most_bounds_moved,
    case
        when alike.cells_alike >= 0.9 * moved.cells_moved and abs(moved.median_factor - 1) > 0.1
            then moved.median_factor
    end as common_factor,
    common.cells >= rebased.least_cells and moved.cells_moved >= rebased.least_share * common.cells as is_rebase
from moved
join common on moved.indicator = common.indicator and moved.snapshot_sha256 = common.snapshot_sha256
join alike on moved.indicator = alike.indicator and moved.snapshot_sha256 = alike.snapshot_sha256
cross join (select 0.8 as least_share, 10 as least_cells) as rebased
left join (
    select sha256, min(path) as path from staging.snapshot group by sha256
) as snapshot on moved.snapshot_sha256 = snapshot.sha256
