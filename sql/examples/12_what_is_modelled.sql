-- Which rows are modelled (made up for trying the pipeline), and which are real?
with
part as (
    select 'published.area' as table_name, is_modelled, area_code from published.area
    union all
    select 'published.deprivation_profile', is_modelled, area_code from published.deprivation_profile
    union all
    select 'published.healthy_life_expectancy_gap', is_modelled, area_code from published.healthy_life_expectancy_gap
    union all
    select 'published.inequality', is_modelled, area_code from published.inequality
    union all
    select 'published.observation', is_modelled, area_code from published.observation
)

select table_name, is_modelled, count(*) as row_count, count(distinct area_code) as area_count
from part
group by table_name, is_modelled
order by table_name, is_modelled
