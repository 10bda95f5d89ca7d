-- Who is worst off, and by how much: healthy and whole lives in the most and least deprived tenth, newest period?
-- Years. A gap is the least deprived tenth minus the most; the slope index uses all ten tenths, not only the two ends.
select
    area_name, sex, period,
    hle_most_deprived, hle_least_deprived, gap_years, hle_slope_index,
    le_most_deprived, le_least_deprived, life_expectancy_gap_years, le_slope_index,
    is_modelled
from published.healthy_life_expectancy_gap
where gap_definition = 'decile_10_minus_1' and le_slope_index is not null
qualify period_end = max(period_end) over (partition by area_code, sex)
order by is_modelled, area_name, sex
