-- A series that its publisher rebased as a whole is published once somebody accepts the delivery.
-- It is said once for a delivery, not cell by cell: four in five of its figures moved or more, half of those by a tenth
-- of their bound or more, or one by three bounds; less is rounding. If the publisher says why, accept the delivery; if
-- all moved by one factor, it is other units.
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
where is_rebase and (cells_not_believable > 0 or median_bounds_moved >= 0.1)
