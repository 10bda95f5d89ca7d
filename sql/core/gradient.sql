-- One row per group of an ordered scheme that carries a measure: the value, its limits, its rank and its weight.
-- `weighting` says what the weight is: people in the group, equal shares (true tenths or fifths only), or none.
with
breakdown as (
    select distinct
        dimension, scheme, category, basis, slope_groups_expected as groups_expected,
        measures_allowed, measures_with_population
    from staging.breakdown
    where use_in_slope
),

grouped as (
    select
        observation.indicator, observation.area_code, observation.period, observation.period_length,
        observation.period_start, observation.period_end, observation.sex, observation.age,
        observation.dimension, observation.scheme,
        case
            when breakdown.basis = 'neighbourhoods_within_area' and area.area_type = 'country'
                then 'neighbourhoods_national'
            else breakdown.basis
        end as basis,
        observation.category, observation.category_rank, breakdown.groups_expected,
        breakdown.measures_allowed, breakdown.measures_with_population,
        observation.value, observation.value_lower, observation.value_upper, observation.standard_error,
        observation.denominator, observation.note_code, observation.is_modelled,
        scheme_population.population as people, scheme_population.population_reference
    from core.observation as observation
    join core.indicator as indicator on observation.indicator = indicator.indicator and indicator.slope_allowed
    join core.area as area on observation.area_code = area.area_code
    join breakdown
        on
            observation.dimension = breakdown.dimension
            and observation.scheme = breakdown.scheme
            and observation.category = breakdown.category
    left join core.scheme_population as scheme_population
        on
            observation.area_code = scheme_population.area_code
            and observation.dimension = scheme_population.dimension
            and observation.scheme = scheme_population.scheme
            and observation.category_rank = scheme_population.category_rank
    where observation.category_rank is not null
),

weighed as (
    select
        *,
        count(*) over gradient as group_count,
        count(people) over gradient = groups_expected as has_people,
        case
            when count(denominator) over gradient = count(*) over gradient
                then denominator / nullif(cast(sum(cast(denominator as decimal(18, 3))) over gradient as double), 0)
        end as published_share
    from grouped
    window gradient as (
        partition by indicator, area_code, period, period_length, sex, age, dimension, scheme
    )
),

moved as (
    select
        *,
        abs(published_share - lag(published_share) over (
            partition by indicator, area_code, period_length, sex, age, dimension, scheme, category
            order by period_start
        )) as share_moved
    from weighed
),

total as (
    select indicator, area_code, period, period_length, sex, age, value as published_total
    from core.observation
    where dimension = 'total'
)

select
    moved.indicator, moved.area_code, moved.period, moved.period_length, moved.period_start, moved.period_end,
    moved.sex, moved.age, moved.dimension, moved.scheme, moved.basis,
    moved.category, moved.category_rank, moved.group_count, moved.groups_expected,
    concat_ws(
        ';', moved.measures_allowed, case when moved.has_people then nullif(moved.measures_with_population, '') end
    ) as measures_allowed,
    moved.value, moved.value_lower, moved.value_upper, moved.standard_error, moved.note_code,
    case
        when moved.has_people then moved.people
        when moved.dimension in ('deprivation_decile', 'deprivation_quintile') then 1
    end as population,
    case
        when moved.has_people then 'population_of_groups'
        when moved.dimension in ('deprivation_decile', 'deprivation_quintile') then 'equal_shares'
        else 'none'
    end as weighting,
    case when moved.has_people then moved.population_reference end as population_reference,
    moved.published_share, moved.share_moved, total.published_total, moved.is_modelled
from moved
left join total
    on
        moved.indicator = total.indicator and moved.area_code = total.area_code
        and moved.period = total.period and moved.period_length = total.period_length
        and moved.sex = total.sex and moved.age = total.age
