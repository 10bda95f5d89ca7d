-- One row per area, dimension, scheme and group: the people in each group of a deprivation scheme, where we hold them.
-- A scheme whose IMD edition changes with the period ("IMD trend") has no populations: its edition is not stated.
with
-- Neighbourhoods ranked across the whole country.
national as (
    select
        deprivation.area_code, scheme.dimension, scheme.scheme,
        cast(ceil(deprivation.decile * scheme.groups_expected / 10.0) as bigint) as category_rank,
        cast(sum(deprivation.population) as bigint) as population,
        max(deprivation.population_reference) as population_reference
    from core.deprivation as deprivation
    join core.area as area on deprivation.area_code = area.area_code and area.area_type = 'country'
    join core.scheme as scheme
        on
            scheme.geography = 'lsoa' || substr(deprivation.lsoa_vintage, 3, 2)
            and scheme.index_vintage = deprivation.imd_release
            and scheme.index = 'imd' and scheme.part is not null
    group by
        deprivation.area_code, scheme.dimension, scheme.scheme,
        cast(ceil(deprivation.decile * scheme.groups_expected / 10.0) as bigint)
)

select area_code, dimension, scheme, category_rank, population, population_reference
from national
union all by name
-- Whole areas ranked by average score, as many in each group as the next; the most deprived first.
select
    country_code as area_code, dimension, scheme, category_rank,
    cast(sum(population) as bigint) as population,
    max(population_reference) as population_reference
from measures.area_group
where indicator is null and category_rank is not null
group by country_code, dimension, scheme, category_rank
