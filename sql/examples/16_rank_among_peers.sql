-- Where does an area rank in smoking: in its region, among those as deprived, those alike, and all of its type?
-- 1 is the highest figure, which is the worst. `rank_lower` to `rank_upper` is how sure the rank is: a wide span says
-- that most of the order is chance. Never quote a rank without it.
with
my_area as (
    -- The most deprived upper tier authority; for another, say: select area_code_of('Blackpool') as area_code
    select area_code
    from published.area
    where is_upper_tier and is_current
    order by coalesce(imd_2025_average_score, imd_2019_average_score) desc nulls last, area_code
    limit 1
),

ranked as (
    select 'area_type' as among, *
    from rank_of('smoking_prevalence_adults', (select area_code from my_area), among := 'area_type')
    union all
    select 'region' as among, *
    from rank_of('smoking_prevalence_adults', (select area_code from my_area), among := 'region')
    union all
    select 'deprivation_decile' as among, *
    from rank_of('smoking_prevalence_adults', (select area_code from my_area), among := 'deprivation_decile')
    union all
    select 'neighbours' as among, *
    from rank_of('smoking_prevalence_adults', (select area_code from my_area), among := 'neighbours')
)

select
    among, title, area_name, sex, age, period, value, value_lower, value_upper, unit, areas, rank, rank_lower,
    rank_upper, is_modelled
from ranked
where areas > 1
order by among, sex
