-- Warning: the mean of a scheme's groups is near the published total; where it is not, the series is marked as broken.
-- scope: release
select
    inequality.indicator, inequality.area_code, inequality.period, inequality.sex, inequality.age,
    inequality.dimension, inequality.scheme, inequality.basis, inequality.mean_of_groups, inequality.published_total,
    inequality.series_break
from measures.inequality as inequality
join core.tolerance as tolerance on tolerance.compared = 'mean of the groups'
where
    inequality.measure = 'slope_index' and inequality.transform = 'none' and inequality.mean_misses_total
    and abs(inequality.mean_of_groups - inequality.published_total)
    <= tolerance.tolerance * abs(inequality.published_total)
