-- Which causes and ages make up the gap in life expectancy between the most and least deprived tenth, newest period?
-- Years; they add up to the gap, and one below 0 reduces it. Arithmetic on death rates, not what acting on a cause
-- would gain. The file behind it does not say which edition of the index ranks its neighbourhoods.
select
    area_name, period, sex, cause,
    round(sum(years) filter (where age_start < 15), 2) as years_under_15,
    round(sum(years) filter (where age_start between 15 and 64), 2) as years_15_to_64,
    round(sum(years) filter (where age_start between 65 and 79), 2) as years_65_to_79,
    round(sum(years) filter (where age_start >= 80), 2) as years_80_and_over,
    round(sum(years), 2) as years_of_the_gap,
    round(100 * sum(share_of_gap), 1) as per_cent_of_the_gap,
    is_modelled
from published.life_expectancy_decomposition
where comparison = 'decile_1_v_10'
group by area_name, period, period_end, sex, cause, is_modelled
qualify period_end = max(period_end) over (partition by area_name, sex)
order by is_modelled, area_name, sex, years_of_the_gap desc
