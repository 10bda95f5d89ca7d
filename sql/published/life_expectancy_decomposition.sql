-- One row per three-year period, sex, comparison, age band and cause: years it adds to the gap in life expectancy.
-- `comparison` says which gap is split: decile_1_v_10 or quintile_1_v_5 of England's neighbourhoods. Years below 0
-- reduce the gap. The file behind it does not state the edition of the index that ranks its neighbourhoods.
select
    split.area_code, area.area_name, split.period, split.period_length, split.period_start, split.period_end,
    split.period_end = max(split.period_end) over (
        partition by split.area_code, split.period_length, split.sex, split.dimension, split.scheme,
            split.comparison, split.age_start, split.cause_code
    ) as is_latest,
    split.sex,
    split.dimension, split.scheme, split.comparison, split.age_start, split.age_band, split.cause_code, split.cause,
    split.years, split.years_symmetric, split.gap_years,
    split.years / nullif(split.gap_years, 0) as share_of_gap,
    split.deaths_most_deprived, split.deaths_least_deprived, split.note_code, split.is_modelled
from measures.life_expectancy_decomposition as split
join core.area as area on split.area_code = area.area_code
