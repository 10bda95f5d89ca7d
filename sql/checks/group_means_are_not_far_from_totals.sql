-- The mean of a scheme's groups lies within a tenth of the published total: further off, it is not that total's groups.
-- scope: delivery
select
    inequality.indicator, inequality.area_code, inequality.period, inequality.sex, inequality.age,
    inequality.dimension, inequality.scheme, inequality.basis, inequality.mean_of_groups, inequality.published_total,
    inequality.series_break
from measures.inequality as inequality
join core.tolerance as tolerance on tolerance.compared = 'mean of the groups'
where
    inequality.measure = 'slope_index' and inequality.transform = 'none'
    and abs(inequality.mean_of_groups - inequality.published_total)
    > tolerance.tolerance * abs(inequality.published_total)
