-- Where groups are suppressed, the smallest slope index that they allow is not above the largest, and both are given.
-- scope: release
select
    indicator, area_code, period, sex, age, dimension, scheme, measure, transform,
    slope_index_smallest, slope_index_largest
from measures.inequality
where
    slope_index_smallest > slope_index_largest
    or (slope_index_smallest is null) <> (slope_index_largest is null)
    or isinf(slope_index_smallest) or isnan(slope_index_smallest)
    or isinf(slope_index_largest) or isnan(slope_index_largest)
