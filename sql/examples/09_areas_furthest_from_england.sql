-- Which areas' life expectancy differs most from England's, in the newest period?
-- Years, positive = shorter lives than in England (the sample's areas: than in their own country). A county stands
-- beside its districts. No limits stand here, so a small difference may be chance.
with
newest as (
    select area_name, area_type, area_code, sex, period, life_expectancy, life_expectancy_gap_years, is_modelled
    from published.healthy_life_expectancy_gap
    where gap_definition = 'england_minus_area' and period_length = '3y' and life_expectancy_gap_years is not null
    qualify period_end = max(period_end) over (partition by sex, is_modelled)
)

select
    row_number() over (
        partition by sex, is_modelled order by abs(life_expectancy_gap_years) desc, area_code
    ) as place,
    area_name, area_type, sex, period, life_expectancy, life_expectancy_gap_years, is_modelled
from newest
qualify place <= 10
order by is_modelled, sex, place
