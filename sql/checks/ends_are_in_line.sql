-- The ends of an order are in line: no end group of a country's tenths shows what belongs at the other end.
-- Eight steps go one way and the ninth goes back past them all: every label moved on by one.
-- scope: delivery
with
tenths as (
    select
        observation.indicator, observation.area_code, observation.period, observation.period_length, observation.sex,
        observation.age, observation.dimension, observation.scheme,
        max(observation.value) filter (where observation.category_rank = 1) as first,
        max(observation.value) filter (where observation.category_rank = 2) as second,
        max(observation.value) filter (where observation.category_rank = 9) as ninth,
        max(observation.value) filter (where observation.category_rank = 10) as tenth,
        list(observation.value order by observation.category_rank) as figures,
        max(observation.snapshot_sha256) as snapshot_sha256
    from core.observation as observation
    join core.area as area on observation.area_code = area.area_code and area.area_type = 'country'
    join core.scheme as scheme
        on
            observation.dimension = scheme.dimension and observation.scheme = scheme.scheme and scheme.is_ranked
            and scheme.slope_groups_expected = 10
    where observation.value is not null and observation.category_rank is not null
    group by
        observation.indicator, observation.area_code, observation.period, observation.period_length, observation.sex,
        observation.age, observation.dimension, observation.scheme
    having count(*) = 10
),

steps as (
    select
        *,
        list_transform(range(1, 10), lambda place: sign(figures[place + 1] - figures[place])) as directions
    from tenths
)

select
    indicator, area_code, period, period_length, sex, age, dimension, scheme, first, second, ninth, tenth,
    snapshot_sha256
from steps
where
    (
        (first - second) * (tenth - second) > 0 and abs(first - second) >= 0.8 * abs(tenth - second)
        and abs(list_sum(directions[2:9])) >= 6
    )
    or (
        (tenth - ninth) * (first - ninth) > 0 and abs(tenth - ninth) >= 0.8 * abs(first - ninth)
        and abs(list_sum(directions[1:8])) >= 6
    )
