-- One row per indicator, sex and age: an area's newest figure beside its region's and England's of the same period.
-- `than_england`: `higher`, `lower` or `similar` (England's value lies within the area's limits); null without limits.
-- arguments: area
-- gives: a table
-- try: area_summary('England')
with
chosen as (select area_code_of(area) as area_code),

place as (
    select
        known.area_code, known.area_name, known.region_code, known.region_name,
        case when known.area_code like 'X%' then 'X92000001' else 'E92000001' end as nation_code
    from published.area as known
    join chosen on known.area_code = chosen.area_code
),

total as (
    select *
    from published.observation
    where dimension = 'total'
)

select
    newest.indicator, newest.title, newest.sex, newest.age, place.area_name, newest.period,
    newest.value, newest.value_lower, newest.value_upper, newest.unit, newest.polarity,
    place.region_name, region.value as region_value, nation.value as england_value,
    case
        when newest.area_code = place.nation_code then null
        when newest.value_lower > nation.value then 'higher'
        when newest.value_upper < nation.value then 'lower'
        when newest.value_lower is not null and nation.value is not null then 'similar'
    end as than_england,
    newest.note_code, newest.source, newest.is_modelled
from total as newest
join place on newest.area_code = place.area_code
left join total as region
    on
        place.region_code = region.area_code and newest.indicator = region.indicator
        and newest.period = region.period and newest.period_length = region.period_length
        and newest.sex = region.sex and newest.age = region.age
left join total as nation
    on
        place.nation_code = nation.area_code and newest.indicator = nation.indicator
        and newest.period = nation.period and newest.period_length = nation.period_length
        and newest.sex = nation.sex and newest.age = nation.age
where newest.is_latest
order by newest.title, newest.sex, newest.age
