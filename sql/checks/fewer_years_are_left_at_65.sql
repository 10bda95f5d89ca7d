-- Fewer years are left at 65 than at birth, for every area, period, sex and group; healthy years are not more than all.
-- scope: delivery
with
pair as (
    select stated.shorter, stated.longer
    from (
        values
        ('life_expectancy_at_65', 'life_expectancy_at_birth'),
        ('healthy_life_expectancy_at_65', 'healthy_life_expectancy_at_birth'),
        ('disability_free_life_expectancy_at_65', 'disability_free_life_expectancy_at_birth'),
        ('healthy_life_expectancy_at_birth', 'life_expectancy_at_birth'),
        ('healthy_life_expectancy_at_65', 'life_expectancy_at_65')
    ) as stated (shorter, longer)
)

select
    small.indicator, large.indicator as indicator_above, small.area_code, small.period, small.sex, small.scheme,
    small.category, small.value, large.value as value_above, small.source_line
from pair
join core.observation as small on pair.shorter = small.indicator
join core.observation as large
    on
        pair.longer = large.indicator and small.area_code = large.area_code and small.period = large.period
        and small.period_length = large.period_length and small.sex = large.sex
        and small.dimension = large.dimension and small.scheme = large.scheme and small.category = large.category
where small.value >= large.value
