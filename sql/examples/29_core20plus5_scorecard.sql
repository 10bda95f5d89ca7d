-- What does the Core20PLUS5 scorecard of an area say, and which cells are empty, and why?
-- `fit` says how near the indicator is to what the element asks; an empty cell is not a good sign, only no sign.
with
my_area as (
    -- The first integrated care board; for another area, say: select area_code_of('Blackpool') as area_code
    select area_code
    from published.core20plus5
    order by area_type <> 'icb', area_code
    limit 1
)

select
    card.element, card.element_title, card.ask, card.fit, card.area_name, card.title, card.period, card.sex,
    card.value, card.value_lower, card.value_upper, card.unit, card.england_value, card.core20_value, card.rest_value,
    card.core20_gap, card.why_empty, card.better_source, card.is_modelled
from published.core20plus5 as card
join my_area on card.area_code = my_area.area_code
order by card.element
