-- One row per area, dimension, scheme and group: the people in each group of a deprivation scheme, where we hold them.
-- A scheme whose IMD edition changes with the period ("IMD trend") has no populations: its edition is not stated.
with
scheme as (
    select distinct scheme, dimension, geography, scope, index_vintage, area_vintage, groups_expected
    from staging.breakdown
    where index = 'imd' and dimension in ('deprivation_decile', 'deprivation_quintile')
),

-- Neighbourhoods ranked across the whole country.
national as (
    select
        deprivation.area_code, scheme.dimension, scheme.scheme,
        cast(ceil(deprivation.decile * scheme.groups_expected / 10.0) as bigint) as category_rank,
        cast(sum(deprivation.population) as bigint) as population,
        max(deprivation.population_reference) as population_reference
    from core.deprivation as deprivation
    join core.area as area on deprivation.area_code = area.area_code and area.area_type = 'country'
    join scheme
        on
            scheme.geography = 'lsoa' || substr(deprivation.lsoa_vintage, 3, 2)
            and scheme.index_vintage = deprivation.imd_release
            and scheme.scope in ('in_england', 'within_area')
    group by
        deprivation.area_code, scheme.dimension, scheme.scheme,
        cast(ceil(deprivation.decile * scheme.groups_expected / 10.0) as bigint)
),

-- Whole areas ranked by average score, as many in each group as the next; the most deprived first.
tier as (
    select
        area_vintage.area_code, scheme.dimension, scheme.scheme, scheme.groups_expected,
        area.country_code, deprivation.imd_average_score, deprivation.population, deprivation.population_reference
    from scheme
    join core.area_vintage as area_vintage
        on
            area_vintage.tier = case scheme.geography
                when 'district_ua' then 'district' when 'county_ua' then 'upper_tier'
            end
            and area_vintage.year = try_cast(regexp_extract(scheme.area_vintage, '^apr(\d{4})', 1) as bigint)
    join core.area as area on area_vintage.area_code = area.area_code
    join core.area_deprivation as deprivation
        on area_vintage.area_code = deprivation.area_code and scheme.index_vintage = deprivation.imd_release
    where scheme.scope = 'in_england' and deprivation.imd_average_score is not null
),

ranked as (
    select
        *,
        rank() over (partition by dimension, scheme, country_code order by imd_average_score desc) as place,
        count(*) over (partition by dimension, scheme, country_code) as area_count
    from tier
),

whole_areas as (
    select
        country_code as area_code, dimension, scheme,
        greatest(
            1, floor((groups_expected + 1) - ceil((area_count + 1 - place) / (area_count / groups_expected)))
        ) as category_rank,
        population, population_reference
    from ranked
)

select area_code, dimension, scheme, category_rank, population, population_reference
from national
union all by name
select
    area_code, dimension, scheme, cast(category_rank as bigint) as category_rank,
    cast(sum(population) as bigint) as population,
    max(population_reference) as population_reference
from whole_areas
group by area_code, dimension, scheme, category_rank
