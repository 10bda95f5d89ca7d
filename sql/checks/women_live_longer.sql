-- Women live longer than men: a country's life expectancy is higher for women; if not, the sexes were exchanged.
-- scope: delivery
select
    women.indicator, women.area_code, women.period, women.period_length, women.age, women.dimension, women.scheme,
    women.value as value_of_women, men.value as value_of_men, women.snapshot_sha256
from core.observation as women
join core.observation as men
    on
        women.indicator = men.indicator and women.area_code = men.area_code and women.period = men.period
        and women.period_length = men.period_length and women.age = men.age
        and women.dimension = men.dimension and women.scheme = men.scheme and women.category = men.category
        and women.sex = 'female' and men.sex = 'male'
join core.area as area on women.area_code = area.area_code and area.area_type = 'country'
where
    women.indicator in ('life_expectancy_at_birth', 'life_expectancy_at_65') and women.dimension = 'total'
    and women.value <= men.value
