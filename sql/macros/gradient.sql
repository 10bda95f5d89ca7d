-- One row per group of an indicator's ordered groups in an area, newest period: value, limits, people, from the most to
-- the least disadvantaged. `groups_from` says whether the publisher gives the groups or they are made of whole areas.
-- arguments: indicator_name, area
-- gives: a table
-- try: gradient('life_expectancy_at_birth', 'England')
with
chosen as (select indicator_of(indicator_name) as indicator, area_code_of(area) as area_code)

select
    subject.indicator, known.area_name, member.period, member.sex, member.age, member.dimension, member.scheme,
    member.groups_from, member.category_rank, member.category, member.value, member.value_lower, member.value_upper,
    member.population, member.weighting, member.note_code, member.is_modelled
from core.gradient as member
join chosen as subject on member.indicator = subject.indicator and member.area_code = subject.area_code
join published.area as known on member.area_code = known.area_code
qualify
    member.period_end = max(member.period_end) over (
        partition by member.dimension, member.scheme, member.sex, member.age, member.period_length
    )
order by member.dimension, member.scheme, member.sex, member.age, member.category_rank
