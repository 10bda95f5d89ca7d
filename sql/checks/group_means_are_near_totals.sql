-- Warning: the mean of a scheme's groups lies within 0.5 of the published total; else the series is marked as broken.
select
    indicator, area_code, period, sex, age, dimension, scheme, basis, mean_of_groups, published_total, series_break
from measures.inequality
where
    measure = 'slope_index' and transform = 'none'
    and abs(mean_of_groups - published_total) > 0.5
    and abs(mean_of_groups - published_total) <= 0.1 * abs(published_total)
