-- How far is each ethnic group from everyone, in the newest period of each indicator?
-- Observations only: ethnic groups have no order, so there is no slope and no best group. People whose group is not
-- known are left out. Groups are survey samples: where `clearly_different` is false, the difference may be chance.
select
    grouped.title, grouped.area_name, grouped.period, grouped.sex, grouped.age, grouped.scheme, grouped.category,
    grouped.value, grouped.value_lower, grouped.value_upper, grouped.unit,
    total.value as value_for_everyone,
    grouped.value - total.value as difference_from_everyone,
    grouped.value_lower > total.value_upper or grouped.value_upper < total.value_lower as clearly_different,
    grouped.denominator, grouped.denominator_kind, grouped.note_code, grouped.is_modelled
from published.observation as grouped
join published.observation as total
    on
        grouped.indicator = total.indicator and grouped.area_code = total.area_code
        and grouped.period = total.period and grouped.period_length = total.period_length
        and grouped.sex = total.sex and grouped.age = total.age
        and total.dimension = 'total'
where
    grouped.dimension = 'ethnic_group' and grouped.is_latest and grouped.area_type = 'country'
    and grouped.category not in ('unknown', 'not_stated')
order by grouped.is_modelled, grouped.title, grouped.area_code, grouped.sex, difference_from_everyone desc
