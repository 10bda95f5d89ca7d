-- How far apart are the most and least deprived tenths of local authorities in smoking, by each scheme of areas?
-- Whole areas show about half the gradient of neighbourhoods: never set these beside a neighbourhood number, and read
-- each scheme (districts, upper tiers) on its own. The gap may fall while the ratio rises: both are given.
select
    area_name, scheme, period,
    max(value) filter (where measure = 'absolute_gap') as gap_percentage_points,
    max(value) filter (where measure = 'relative_gap') as ratio_of_the_ends,
    max(value) filter (where measure = 'slope_index') as slope_index_percentage_points,
    max(grade) as lowest_grade,
    bool_or(is_modelled) as is_modelled
from published.inequality
where
    indicator = 'smoking_prevalence_adults' and dimension = 'deprivation_decile' and transform = 'none'
    and basis in ('whole_areas_published', 'whole_areas_derived')
group by area_code, area_name, scheme, period, period_end, sex, age
order by bool_or(is_modelled), area_code, scheme, period_end
