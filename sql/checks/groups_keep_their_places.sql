-- Groups keep their places: no two tenths of a country exchange their figures in one period and exchange them back.
-- Both stand where the other was in the period before and is in the one after, further apart than limits are wide.
-- scope: delivery
with
dated as (
    select
        observation.indicator, observation.area_code, observation.period, observation.period_length, observation.sex,
        observation.age, observation.dimension, observation.scheme, observation.category, observation.category_rank,
        observation.value, observation.value_upper - observation.value_lower as width,
        lag(observation.value) over series as value_before,
        lead(observation.value) over series as value_after,
        observation.snapshot_sha256
    from core.observation as observation
    join core.area as area on observation.area_code = area.area_code and area.area_type = 'country'
    where observation.dimension in ('deprivation_decile', 'deprivation_quintile') and observation.value is not null
    window series as (
        partition by
            observation.indicator, observation.area_code, observation.period_length, observation.sex, observation.age,
            observation.dimension, observation.scheme, observation.category
        order by observation.period_start
    )
),

expected as (
    select *, (value_before + value_after) / 2 as between_neighbours, abs(value_before - value_after) as drift
    from dated
    where value_before is not null and value_after is not null
)

select
    one.indicator, one.area_code, one.period, one.period_length, one.sex, one.age, one.dimension, one.scheme,
    one.category, other.category as other_category, one.value, other.value as other_value,
    one.between_neighbours as expected, other.between_neighbours as other_expected, one.snapshot_sha256
from expected as one
join expected as other
    on
        one.indicator = other.indicator and one.area_code = other.area_code and one.period = other.period
        and one.period_length = other.period_length and one.sex = other.sex and one.age = other.age
        and one.dimension = other.dimension and one.scheme = other.scheme
        and one.category_rank < other.category_rank
where
    abs(one.value - other.between_neighbours) + abs(other.value - one.between_neighbours)
    < 0.5 * (abs(one.value - one.between_neighbours) + abs(other.value - other.between_neighbours))
    and abs(one.between_neighbours - other.between_neighbours)
    > greatest(one.width, other.width, one.drift, other.drift) / 2
