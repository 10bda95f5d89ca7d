-- One row per indicator, country, tier, period, sex and age: one outcome by several rulers of deprivation.
-- Slopes over derived tenths of whole areas. `summary_statistic_effect`: average rank instead of average score (2019);
-- `edition_effect`: the index of 2025 instead of 2019, both by average rank. Neither is a change in health.
with
ruler as (
    select inequality.*, scheme.tier, scheme.ruler, scheme.index_vintage
    from measures.inequality as inequality
    join core.scheme as scheme on inequality.dimension = scheme.dimension and inequality.scheme = scheme.scheme
    where
        inequality.measure = 'slope_index' and inequality.transform = 'none'
        and inequality.basis = 'whole_areas_derived'
),

wide as (
    select
        indicator, area_code, tier, period, period_length, period_start, period_end, sex, age, unit,
        max(value) filter (where ruler = 'average_score' and index_vintage = '2019') as slope_index_score_2019,
        max(value) filter (where ruler = 'average_rank' and index_vintage = '2019') as slope_index_rank_2019,
        max(value) filter (where ruler = 'average_rank' and index_vintage = '2025') as slope_index_rank_2025,
        max(areas_expected) as areas_expected,
        max(areas_missing) as areas_missing,
        max(missing_areas) as missing_areas,
        min(people_covered) as people_covered,
        max(grade) as grade,
        bool_or(is_modelled) as is_modelled
    from ruler
    group by all
)

select
    wide.indicator, indicator.title, wide.area_code, area.area_name, wide.tier,
    wide.period, wide.period_length, wide.period_start, wide.period_end,
    wide.period_end = max(wide.period_end) over (
        partition by wide.indicator, wide.area_code, wide.tier, wide.period_length, wide.sex, wide.age
    ) as is_latest,
    wide.sex, wide.age, wide.unit,
    wide.slope_index_score_2019, wide.slope_index_rank_2019, wide.slope_index_rank_2025,
    wide.slope_index_rank_2019 - wide.slope_index_score_2019 as summary_statistic_effect,
    wide.slope_index_rank_2025 - wide.slope_index_rank_2019 as edition_effect,
    wide.areas_expected, wide.areas_missing, wide.missing_areas, wide.people_covered, wide.grade, wide.is_modelled
from wide
join core.indicator as indicator on wide.indicator = indicator.indicator
join core.area as area on wide.area_code = area.area_code
