-- Parts sum to totals: the denominators of the sexes, and of a whole set of groups, to that of all within 1%.
-- Groups that leave some people out (a class of the employed only) are not asked; nor is one with a part not shown.
-- Of what a publisher adds up from the areas that it knows, known_parts_nearly_sum_to_totals warns.
-- scope: delivery
with
sexes as (
    select
        indicator, area_code, period, age, dimension, scheme, category,
        max(denominator) filter (where sex = 'persons') as whole,
        max(snapshot_sha256) as snapshot_sha256,
        sum(cast(denominator as decimal(18, 3))) filter (where sex in ('male', 'female')) as parts,
        count(denominator) filter (where sex in ('male', 'female')) as part_count
    from core.observation
    group by indicator, area_code, period, period_length, age, dimension, scheme, category
),

grouped as (
    select
        observation.indicator, observation.area_code, observation.period, observation.period_length, observation.sex,
        observation.age, observation.dimension, observation.scheme,
        sum(cast(observation.denominator as decimal(18, 3))) as parts,
        count(observation.denominator) as part_count,
        count(*) filter (where observation.note_code = 'aggregated_from_known_areas') as known_part_count,
        max(observation.snapshot_sha256) as snapshot_sha256,
        max(scheme.groups_expected) as groups_expected
    from core.observation as observation
    join core.scheme as scheme
        on
            observation.dimension = scheme.dimension and observation.scheme = scheme.scheme
            and scheme.part is not null
    group by
        observation.indicator, observation.area_code, observation.period, observation.period_length, observation.sex,
        observation.age, observation.dimension, observation.scheme
)

select
    indicator, area_code, period, 'male and female' as parts_of, age, dimension, scheme, category,
    cast(parts as double) as parts, whole, snapshot_sha256
from sexes
where part_count = 2 and abs(cast(parts as double) - whole) > 0.01 * whole
union all
select
    grouped.indicator, grouped.area_code, grouped.period, grouped.sex, grouped.age, grouped.dimension,
    grouped.scheme, 'all groups', cast(grouped.parts as double), total.denominator,
    grouped.snapshot_sha256
from grouped
join core.observation as total
    on
        grouped.indicator = total.indicator and grouped.area_code = total.area_code
        and grouped.period = total.period and grouped.period_length = total.period_length
        and grouped.sex = total.sex and grouped.age = total.age and total.dimension = 'total'
where
    grouped.part_count = grouped.groups_expected and grouped.known_part_count = 0
    and abs(cast(grouped.parts as double) - total.denominator) > 0.01 * total.denominator
