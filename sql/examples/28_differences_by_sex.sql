-- How do women and men differ in England, and what is known of people whom few figures count?
-- Female minus male at the newest period, with limits that take the two as independent. Inclusion health groups (people
-- without a home or in prison, Gypsy, Roma and Traveller communities) are in none of these sources: that no row stands
-- here does not mean that nothing is wrong.
with
sexed as (
    select *, (value_upper - value_lower) / 2 / 1.959964 as error
    from published.observation
    where is_latest and dimension = 'total' and area_type = 'country' and value is not null
)

select
    female.title, female.area_name, female.age, female.period, female.value as female_value, male.value as male_value,
    female.unit, female.polarity, female.value - male.value as difference,
    female.value - male.value - 1.959964 * sqrt(female.error * female.error + male.error * male.error)
        as difference_lower,
    female.value - male.value + 1.959964 * sqrt(female.error * female.error + male.error * male.error)
        as difference_upper,
    female.is_modelled
from sexed as female
join sexed as male
    on
        female.indicator = male.indicator and female.area_code = male.area_code and female.period = male.period
        and female.period_length = male.period_length and female.age = male.age
where female.sex = 'female' and male.sex = 'male'
order by female.is_modelled, female.title, female.area_name, female.age, female.period
