-- Areas keep their codes: no two areas each show, in two figures or more, exactly what the other one showed before.
-- Codes that were exchanged exchange most that moved; in a rebase of thousands some pairs do so by chance.
-- scope: delivery
with
exchanged as (
    select
        first.area_code, second.area_code as other_area_code, first.indicator, first.snapshot_sha256,
        count(*) as figures_exchanged, min(first.period) as first_period
    from core.revised_cell as first
    join core.revised_cell as second
        on
            first.indicator = second.indicator and first.period = second.period
            and first.period_length = second.period_length and first.sex = second.sex and first.age = second.age
            and first.dimension = second.dimension and first.scheme = second.scheme
            and first.category = second.category and first.area_code < second.area_code
            and first.value = second.value_before and first.value_before = second.value
    where first.value <> first.value_before
    group by first.area_code, second.area_code, first.indicator, first.snapshot_sha256
    having count(*) >= 2
),

moved as (
    select area_code, indicator, count(*) as figures_moved
    from core.revised_cell
    where value <> value_before
    group by area_code, indicator
)

select exchanged.*, moved.figures_moved
from exchanged
join moved on exchanged.area_code = moved.area_code and exchanged.indicator = moved.indicator
where exchanged.figures_exchanged >= 0.5 * moved.figures_moved
