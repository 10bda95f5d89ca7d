-- One row per group that a measure of an area is made from, newest period: the measure's value, the group's, and the
-- line of the file that the group is from, with the file's address, SHA-256 and day. Groups that we make have no line.
-- arguments: indicator_name, area, measure_name := 'slope_index'
-- gives: a table
-- try: explain_measure('life_expectancy_at_birth', 'England')
with
chosen as (select indicator_of(indicator_name) as indicator, area_code_of(area) as area_code),

member as (
    select
        indicator, area_code, period, period_length, sex, age, dimension, scheme, groups_from, category, category_rank,
        value, value_lower, value_upper, population
    from core.gradient
    union all
    select
        indicator, area_code, period, period_length, sex, age, dimension, scheme, groups_from, category, category_rank,
        value, value_lower, value_upper, population
    from core.comparison
)

select
    result.title, result.area_name, result.period, result.sex, result.age, result.scheme, result.measure,
    result.transform, result.value, result.value_lower, result.value_upper, result.unit, result.weighting,
    member.category, member.category_rank, member.value as group_value, member.value_lower as group_lower,
    member.value_upper as group_upper, member.population as group_population, member.groups_from,
    line.source_line, file.path, file.url, file.sha256, file.retrieved_at, result.is_modelled
from published.inequality as result
join chosen on result.indicator = chosen.indicator and result.area_code = chosen.area_code
join member
    on
        result.indicator = member.indicator and result.area_code = member.area_code and result.period = member.period
        and result.period_length = member.period_length and result.sex = member.sex and result.age = member.age
        and result.dimension = member.dimension and result.scheme = member.scheme
left join published.observation as line
    on
        member.groups_from = 'published' and member.indicator = line.indicator and member.area_code = line.area_code
        and member.period = line.period and member.period_length = line.period_length and member.sex = line.sex
        and member.age = line.age and member.dimension = line.dimension and member.scheme = line.scheme
        and member.category = line.category
left join meta.snapshot as file on line.snapshot_sha256 = file.sha256
where result.measure = measure_name and result.is_latest
order by result.scheme, result.sex, result.age, result.transform, member.category_rank, member.category
