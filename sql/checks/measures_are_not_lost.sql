-- No measure that the last release had for a period is lost, while the figures of its indicator for that period stand.
-- A series is an indicator, grouping, sex, age and measure, by the same method. If one was to go, publish with --force.
-- scope: release
with
figures as (
    select distinct indicator, period, period_length, dimension, scheme
    from core.observation
    where value is not null
),

-- Where figures are gone, coverage_has_not_shrunk speaks, and a measure of the rest may go with them.
lost_figure as (
    select distinct before.indicator, before.period, before.period_length, before.dimension, before.scheme
    from previous.observation as before
    anti join core.observation as now
        on
            before.indicator = now.indicator and before.area_code = now.area_code and before.period = now.period
            and before.period_length = now.period_length and before.sex = now.sex and before.age = now.age
            and before.dimension = now.dimension and before.scheme = now.scheme
            and before.category = now.category and now.value is not null
    where before.value is not null
),

before as (
    select
        measure.indicator, measure.dimension, measure.scheme, measure.sex, measure.age, measure.measure,
        measure.transform, measure.period, measure.period_length, measure.area_code
    from previous.inequality as measure
    semi join published.inequality as now on measure.method_version = now.method_version
    where measure.value is not null
),

now as (
    select
        indicator, dimension, scheme, sex, age, measure, transform, period, period_length, area_code
    from published.inequality
    where value is not null
)

select
    before.indicator, before.dimension, before.scheme, before.sex, before.age, before.measure, before.transform,
    before.period, count(*) as lost, min(before.area_code) as area_code
from before
semi join figures
    on
        before.indicator = figures.indicator and before.period = figures.period
        and before.period_length = figures.period_length and before.dimension = figures.dimension
        and before.scheme = figures.scheme
anti join lost_figure
    on
        before.indicator = lost_figure.indicator and before.period = lost_figure.period
        and before.period_length = lost_figure.period_length
anti join now
    on
        before.indicator = now.indicator and before.dimension = now.dimension and before.scheme = now.scheme
        and before.sex = now.sex and before.age = now.age and before.measure = now.measure
        and before.transform = now.transform and before.period = now.period
        and before.period_length = now.period_length and before.area_code = now.area_code
group by
    before.indicator, before.dimension, before.scheme, before.sex, before.age, before.measure, before.transform,
    before.period
