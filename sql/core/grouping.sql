-- One row per group of a scheme that carries a measure: the value, its limits, its place, its weight and the total.
-- `is_ranked`: the scheme's order carries a slope; else its groups are compared without one, or as a named pair.
-- `weighting` says what the weight is: people in the group, equal shares (true tenths or fifths only), or none.
with
breakdown as (
    select
        breakdown.dimension, breakdown.scheme, breakdown.category, scheme.basis, scheme.part, scheme.is_ranked,
        scheme.has_pair, scheme.measures_allowed, scheme.measures_with_population,
        case when scheme.is_ranked then scheme.slope_groups_expected else scheme.groups_expected end
            as groups_expected,
        case breakdown.category
            when split_part(scheme.gap_pair, ';', 1) then 1
            when split_part(scheme.gap_pair, ';', 2) then 2
        end as pair_place
    from staging.breakdown as breakdown
    join core.scheme as scheme on breakdown.dimension = scheme.dimension and breakdown.scheme = scheme.scheme
    where
        scheme.measures_allowed <> 'none'
        -- What stands beside an order (never worked, other qualifications) or is unknown is shown, never measured.
        and not breakdown.is_unknown and (breakdown.use_in_slope or not scheme.is_ranked)
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
        observation.category, observation.category_rank,
        breakdown.is_ranked, breakdown.has_pair, breakdown.pair_place, breakdown.part,
        breakdown.groups_expected, breakdown.measures_allowed, breakdown.measures_with_population,
        observation.value, observation.value_lower, observation.value_upper, observation.standard_error,
        observation.denominator, indicator.denominator_may_weight, indicator.value_kind,
        observation.note_code, observation.is_modelled, observation.method, observation.is_model_estimate,
        scheme_population.population as people, scheme_population.population_reference
    from core.observation as observation
    join core.indicator as indicator on observation.indicator = indicator.indicator
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
    where indicator.slope_allowed or not breakdown.is_ranked
),

weighed as (
    select
        *,
        count(*) over gradient as group_count,
        count(people) over gradient = groups_expected as has_people,
        denominator_may_weight and count(denominator) over gradient = groups_expected as has_denominators,
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
        )) as share_moved,
        coalesce(
            method <> lag(method) over (
                partition by indicator, area_code, period_length, sex, age, dimension, scheme, category
                order by period_start
            ),
            false
        ) as method_changed
    from weighed
),

total as (
    select
        indicator, area_code, period, period_length, sex, age, value as published_total,
        value_lower as published_total_lower, value_upper as published_total_upper
    from core.observation
    where dimension = 'total'
)

select
    moved.indicator, moved.area_code, moved.period, moved.period_length, moved.period_start, moved.period_end,
    moved.sex, moved.age, moved.dimension, moved.scheme, moved.basis, 'published' as groups_from,
    moved.category, moved.category_rank, moved.is_ranked, moved.has_pair, moved.pair_place,
    moved.group_count, moved.groups_expected,
    concat_ws(
        ';', moved.measures_allowed,
        case when moved.has_denominators or moved.has_people then nullif(moved.measures_with_population, '') end,
        -- Events can only be counted in the people that the indicator itself counts.
        case
            when moved.has_denominators and moved.is_ranked and moved.value_kind in ('proportion', 'rate')
                then 'excess_events'
        end
    ) as measures_allowed,
    moved.value, moved.value_lower, moved.value_upper, moved.standard_error, moved.note_code,
    case
        when moved.has_denominators then moved.denominator
        when moved.has_people then moved.people
        when moved.part is not null then 1
    end as population,
    case
        when moved.has_denominators then 'published_denominators'
        when moved.has_people then 'population_of_groups'
        when moved.part is not null then 'equal_shares'
        else 'none'
    end as weighting,
    case
        when moved.has_denominators then 'the indicator''s own denominators'
        when moved.has_people then moved.population_reference
    end as population_reference,
    moved.denominator, moved.published_share, moved.share_moved, moved.method_changed, moved.is_model_estimate,
    total.published_total, total.published_total_lower, total.published_total_upper,
    moved.is_modelled
from moved
left join total
    on
        moved.indicator = total.indicator and moved.area_code = total.area_code
        and moved.period = total.period and moved.period_length = total.period_length
        and moved.sex = total.sex and moved.age = total.age
