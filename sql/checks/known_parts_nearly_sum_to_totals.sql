-- Warning: groups that a publisher adds up from the areas that it knows hold all but 1% of the people of the total.
-- scope: release
with
grouped as (
    select
        indicator, area_code, period, period_length, sex, age, dimension, scheme,
        sum(cast(denominator as decimal(18, 3))) as parts,
        max(snapshot_sha256) as snapshot_sha256
    from core.observation
    where dimension in ('deprivation_decile', 'deprivation_quintile')
    group by indicator, area_code, period, period_length, sex, age, dimension, scheme
    having
        count(denominator) = count(*)
        and count(*) filter (where note_code = 'aggregated_from_known_areas') > 0
)

select
    grouped.indicator, grouped.area_code, grouped.period, grouped.sex, grouped.age, grouped.dimension, grouped.scheme,
    cast(grouped.parts as double) as parts, total.denominator as whole, grouped.snapshot_sha256
from grouped
join core.observation as total
    on
        grouped.indicator = total.indicator and grouped.area_code = total.area_code
        and grouped.period = total.period and grouped.period_length = total.period_length
        and grouped.sex = total.sex and grouped.age = total.age and total.dimension = 'total'
where abs(cast(grouped.parts as double) - total.denominator) > 0.01 * total.denominator
