-- One row per tenth of whole areas that we derive from the areas' own published values, by each ruler of deprivation.
-- As many areas in each tenth as the next, ranked by average score or average rank; values weighted by people.
-- An area is one of the tier (districts or upper tiers) of which the indicator covers more; missing ones are named, and
-- `people_covered` is the share of the tier's people who live in the others.
with
decile as (
    select scheme, category, category_rank, measures_allowed
    from staging.breakdown
    where basis = 'whole_areas_derived'
),

covered as (
    select
        scheme, indicator, country_code, period, period_length, sex, age,
        count(*) filter (where category_rank is null) as areas_missing,
        string_agg(area_name, '; ' order by area_name) filter (where category_rank is null) as missing_areas,
        sum(cast(population as decimal(18, 0))) filter (where category_rank is not null)
        / sum(cast(population as decimal(18, 0))) as people_covered
    from measures.area_group
    where indicator is not null
    group by all
),

grouped as (
    select
        country_code as area_code, indicator, period, period_length, period_start, period_end, sex, age, dimension,
        scheme, groups_expected, areas_expected, is_modelled, category_rank,
        method, methods_mixed, is_model_estimate,
        sum(value * population order by area_code) / sum(population) as value,
        case
            when count(standard_error) = count(*)
                then sqrt(
                    sum(standard_error * standard_error * population * population order by area_code)
                ) / sum(population)
        end as standard_error,
        cast(sum(population) as bigint) as population,
        max(population_reference) as population_reference
    from measures.area_group
    where indicator is not null and category_rank is not null
    group by all
)

select
    grouped.indicator, grouped.area_code, grouped.period, grouped.period_length, grouped.period_start,
    grouped.period_end, grouped.sex, grouped.age, grouped.dimension, grouped.scheme,
    'whole_areas_derived' as basis, 'derived_from_areas' as groups_from,
    decile.category, grouped.category_rank,
    count(*) over (
        partition by
            grouped.indicator, grouped.area_code, grouped.period, grouped.period_length, grouped.sex, grouped.age,
            grouped.scheme
    ) as group_count,
    grouped.groups_expected, decile.measures_allowed,
    grouped.value, grouped.standard_error, grouped.population,
    'population_of_groups' as weighting, grouped.population_reference,
    total.value as published_total, total.value_lower as published_total_lower,
    total.value_upper as published_total_upper,
    grouped.areas_expected, covered.areas_missing, covered.missing_areas, covered.people_covered,
    coalesce(
        grouped.methods_mixed
        or grouped.method <> lag(grouped.method) over (
            partition by
                grouped.indicator, grouped.area_code, grouped.period_length, grouped.sex, grouped.age, grouped.scheme,
                grouped.category_rank
            order by grouped.period_start
        ),
        false
    ) as method_changed,
    grouped.is_model_estimate, grouped.is_modelled
from grouped
join decile on grouped.scheme = decile.scheme and grouped.category_rank = decile.category_rank
join covered
    on
        grouped.scheme = covered.scheme
        and grouped.indicator = covered.indicator and grouped.area_code = covered.country_code
        and grouped.period = covered.period and grouped.period_length = covered.period_length
        and grouped.sex = covered.sex and grouped.age = covered.age
left join core.observation as total
    on
        grouped.indicator = total.indicator and grouped.area_code = total.area_code
        and grouped.period = total.period and grouped.period_length = total.period_length
        and grouped.sex = total.sex and grouped.age = total.age and total.dimension = 'total'
