-- How much of a gap between areas is the ruler: the index's edition, and whether areas go by average score or rank?
-- Slope indices over tenths of whole areas, newest period; neither effect is a change in health. Whole areas show about
-- half the gradient of neighbourhoods, and grade D names areas that are missing.
select
    title, area_name, tier, period, sex, age, unit,
    slope_index_score_2019, slope_index_rank_2019, slope_index_rank_2025,
    summary_statistic_effect, edition_effect,
    areas_expected, areas_missing, people_covered, grade, is_modelled
from published.index_comparison
qualify period_end = max(period_end) over (partition by indicator, area_code, sex, age)
order by is_modelled, title, area_name, sex, age
