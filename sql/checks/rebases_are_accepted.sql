-- No publisher rebases a whole series by more than it may move until somebody accepts it; said once for a delivery.
-- Four in five of its figures moved or more, one in twenty further than its bound, or some three times as far. If the
-- publisher says why, accept the delivery; if all moved by one factor, it is other units.
-- scope: delivery
select
    indicator, path, snapshot_sha256, cells, cells_moved, cells_up, cells_beyond_bound, cells_not_believable, areas,
    periods, round(median_difference, 4) as median_difference, round(median_distance, 4) as median_distance,
    round(common_factor, 4) as common_factor,
    format(
        '{}: {} of {} figures were revised in one go, half of them by {} or more, {} up and {} down{}.',
        indicator, cells_moved, cells, round(median_distance, 3), cells_up, cells_moved - cells_up,
        case when common_factor is not null then format(', all by a factor of {}', round(common_factor, 3)) else '' end
    ) as finding
from core.revised_delivery
where is_rebase and (cells_not_believable > 0 or cells_beyond_bound > 0.05 * cells)
