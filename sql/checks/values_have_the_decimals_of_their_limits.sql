-- Values have the decimals of their limits: of twenty cells or more of a file, not nine in ten values are whole numbers
-- while most of the limits around them are not. One gradient of ten may be whole by chance.
-- scope: delivery
select
    indicator, source, dimension, scheme, snapshot_sha256, count(*) as cells,
    count(*) filter (where value <> round(value)) as values_with_decimals,
    count(*) filter (where value_lower <> round(value_lower)) as limits_with_decimals
from core.observation
where value is not null and value_lower is not null
group by indicator, source, dimension, scheme, snapshot_sha256
having
    count(*) >= 20
    and count(*) filter (where value <> round(value)) < 0.1 * count(*)
    and count(*) filter (where value_lower <> round(value_lower)) > 0.5 * count(*)
