-- Groups keep their labels: no two groups of one scheme now show each what another of them showed before.
-- A swap, a shift by one and a list upside down all look like that. Differences under 0.3 are left to rounding.
-- scope: delivery
select
    revised.indicator, revised.area_code, revised.period, revised.sex, revised.age, revised.dimension, revised.scheme,
    count(distinct revised.category) as groups_moved,
    string_agg(distinct revised.category || ' shows what ' || other.category || ' did', '; ') as finding
from core.revised_cell as revised
join previous.observation as other
    on
        revised.indicator = other.indicator and revised.area_code = other.area_code
        and revised.period = other.period and revised.period_length = other.period_length
        and revised.sex = other.sex and revised.age = other.age
        and revised.dimension = other.dimension and revised.scheme = other.scheme
        and revised.category <> other.category and abs(revised.value - other.value) < 1e-9
where revised.dimension <> 'total' and abs(revised.value - revised.value_before) > 0.3
group by
    revised.indicator, revised.area_code, revised.period, revised.sex, revised.age, revised.dimension, revised.scheme
having count(distinct revised.category) >= 2
