-- One row per group of an ordered scheme that carries a slope, wherever its groups come from.
-- `groups_from`: `published` by the publisher, `computed_from_deaths` by our life tables, `derived_from_areas` by us
-- from the areas' published values, with the areas that are missing named.
select
    * exclude (is_ranked, has_pair),
    null as areas_expected, null as areas_missing, null as missing_areas, null as people_covered
from core.grouping
where is_ranked
union all by name
select * from core.life_expectancy_gradient
union all by name
select * from core.area_gradient
