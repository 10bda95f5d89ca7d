-- The years of all ages and causes add up to the gap in life expectancy, and the gap is that between the two tenths.
-- scope: release
with
split as (
    select
        area_code, period, sex, scheme, comparison,
        cast(sum(cast(years as decimal(18, 9))) as double) as years,
        cast(sum(cast(years_symmetric as decimal(18, 9))) as double) as years_symmetric,
        max(gap_years) as gap_years
    from measures.life_expectancy_decomposition
    group by area_code, period, sex, scheme, comparison
),

tenths as (
    select
        area_code, period, sex, scheme,
        max(life_expectancy) filter (where decile = 10)
        - max(life_expectancy) filter (where decile = 1) as gap_of_tenths
    from measures.life_expectancy
    where age_start = 0
    group by area_code, period, sex, scheme
)

select
    split.area_code, split.period, split.sex, split.comparison, split.years, split.years_symmetric, split.gap_years,
    tenths.gap_of_tenths
from split
left join tenths
    on
        split.area_code = tenths.area_code and split.period = tenths.period and split.sex = tenths.sex
        and split.scheme = tenths.scheme
where
    abs(split.years - split.gap_years) > 1e-6
    or abs(split.years_symmetric - split.gap_years) > 1e-6
    or (split.comparison = 'decile_1_v_10' and abs(split.gap_years - tenths.gap_of_tenths) > 1e-6)
