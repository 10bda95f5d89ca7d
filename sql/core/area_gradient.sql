-- One row per tenth of whole areas that we derive from the areas' own published values, by each ruler of deprivation.
-- As many areas in each tenth as the next, ranked by average score or average rank; values weighted by people.
-- An area is one of the tier (districts or upper tiers) of which the indicator covers more; missing ones are named.
with
scheme as (
    select distinct
        scheme, dimension, index_vintage as imd_release, measures_allowed, groups_expected,
        case geography when 'district_ua' then 'district' else 'upper_tier' end as tier,
        scheme like '%average_score%' as by_score
    from staging.breakdown
    where basis = 'whole_areas_derived'
),

decile as (select scheme, category, category_rank from staging.breakdown where basis = 'whole_areas_derived'),

member as (
    select tier.tier, area.area_code, area.area_name, area.country_code
    from core.area as area
    join (select 'district' as tier union all select 'upper_tier') as tier
        on (tier.tier = 'district' and area.is_district) or (tier.tier = 'upper_tier' and area.is_upper_tier)
    where area.is_current and area.area_code in (select area_code from core.area_deprivation)
),

series as (
    select
        member.tier, member.country_code, observation.indicator, observation.period, observation.period_length,
        observation.period_start, observation.period_end, observation.sex, observation.age,
        count(observation.value) as area_count,
        bool_or(observation.is_modelled) as is_modelled
    from core.observation as observation
    join core.indicator as indicator on observation.indicator = indicator.indicator and indicator.slope_allowed
    join member on observation.area_code = member.area_code
    where observation.dimension = 'total'
    group by all
),

covered as (
    select series.*, expected.areas_expected
    from series
    join (
        select tier, country_code, count(*) as areas_expected from member group by tier, country_code
    ) as expected on series.tier = expected.tier and series.country_code = expected.country_code
    where series.area_count >= 20 and series.area_count >= 0.5 * expected.areas_expected
    qualify row_number() over (
        partition by
            series.country_code, series.indicator, series.period, series.period_length, series.sex, series.age
        order by series.area_count / expected.areas_expected desc, series.tier desc
    ) = 1
),

missing as (
    select
        covered.indicator, covered.country_code, covered.period, covered.period_length, covered.sex, covered.age,
        count(*) as areas_missing,
        string_agg(member.area_name, '; ' order by member.area_name) as missing_areas
    from covered
    join member on covered.tier = member.tier and covered.country_code = member.country_code
    left join core.observation as observation
        on
            member.area_code = observation.area_code and covered.indicator = observation.indicator
            and covered.period = observation.period and covered.period_length = observation.period_length
            and covered.sex = observation.sex and covered.age = observation.age and observation.dimension = 'total'
    where observation.value is null
    group by all
),

ranked as (
    select
        covered.*, scheme.scheme, scheme.dimension, scheme.measures_allowed, scheme.groups_expected,
        observation.area_code, observation.value,
        coalesce(
            observation.standard_error, (observation.value_upper - observation.value_lower) / (2 * 1.959964)
        ) as error,
        deprivation.population, deprivation.population_reference,
        rank() over (
            partition by
                scheme.scheme, covered.country_code, covered.indicator, covered.period, covered.period_length,
                covered.sex, covered.age
            order by
                case when scheme.by_score then deprivation.imd_average_score else deprivation.imd_average_rank end desc
        ) as place,
        count(*) over (
            partition by
                scheme.scheme, covered.country_code, covered.indicator, covered.period, covered.period_length,
                covered.sex, covered.age
        ) as ranked_count
    from covered
    join scheme on covered.tier = scheme.tier
    join member on covered.tier = member.tier and covered.country_code = member.country_code
    join core.observation as observation
        on
            member.area_code = observation.area_code and covered.indicator = observation.indicator
            and covered.period = observation.period and covered.period_length = observation.period_length
            and covered.sex = observation.sex and covered.age = observation.age and observation.dimension = 'total'
    join core.area_deprivation as deprivation
        on member.area_code = deprivation.area_code and scheme.imd_release = deprivation.imd_release
    where
        observation.value is not null and deprivation.population > 0
        and case when scheme.by_score then deprivation.imd_average_score else deprivation.imd_average_rank end
        is not null
),

grouped as (
    select
        country_code as area_code, indicator, period, period_length, period_start, period_end, sex, age, dimension,
        scheme, measures_allowed, groups_expected, areas_expected, is_modelled,
        cast(
            greatest(
                1, floor((groups_expected + 1) - ceil((ranked_count + 1 - place) / (ranked_count / groups_expected)))
            ) as bigint
        ) as category_rank,
        sum(value * population order by area_code) / sum(population) as value,
        case
            when count(error) = count(*)
                then sqrt(sum(error * error * population * population order by area_code)) / sum(population)
        end as standard_error,
        cast(sum(population) as bigint) as population,
        max(population_reference) as population_reference
    from ranked
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
    grouped.groups_expected, grouped.measures_allowed,
    grouped.value, grouped.standard_error, grouped.population,
    'population_of_groups' as weighting, grouped.population_reference,
    total.value as published_total, total.value_lower as published_total_lower,
    total.value_upper as published_total_upper,
    grouped.areas_expected, coalesce(missing.areas_missing, 0) as areas_missing, missing.missing_areas,
    grouped.is_modelled
from grouped
join decile on grouped.scheme = decile.scheme and grouped.category_rank = decile.category_rank
left join missing
    on
        grouped.indicator = missing.indicator and grouped.area_code = missing.country_code
        and grouped.period = missing.period and grouped.period_length = missing.period_length
        and grouped.sex = missing.sex and grouped.age = missing.age
left join core.observation as total
    on
        grouped.indicator = total.indicator and grouped.area_code = total.area_code
        and grouped.period = total.period and grouped.period_length = total.period_length
        and grouped.sex = total.sex and grouped.age = total.age and total.dimension = 'total'
