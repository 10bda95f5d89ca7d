-- One row per headline measure (slope and relative index, absolute and relative gap) of an area, newest period of each
-- series: the number, its limits, its grade and the sentence.
-- arguments: area
-- gives: a table
-- try: inequality_for('England')
with
chosen as (select area_code_of(area) as area_code)

select
    measure.title, measure.sex, measure.age, measure.period, measure.dimension, measure.scheme, measure.measure,
    measure.value, measure.value_lower, measure.value_upper, measure.unit, measure.grade, measure.grade_reason,
    measure.sentence, measure.indicator, measure.is_modelled
from published.inequality as measure
join chosen on measure.area_code = chosen.area_code
where
    measure.measure in ('slope_index', 'relative_index', 'absolute_gap', 'relative_gap') and measure.transform = 'none'
    and measure.value is not null
qualify
    measure.period_end = max(measure.period_end) over (
        partition by
            measure.indicator, measure.sex, measure.age, measure.dimension, measure.scheme, measure.measure,
            measure.period_length
    )
order by measure.title, measure.sex, measure.dimension, measure.scheme, measure.measure
