-- What is known of one area: every newest figure, for everyone and for each group?
-- With --output area.xlsx the answer is a workbook. Groups are shown where a publisher gives them for this area.
with
my_area as (
    -- The most deprived upper tier authority; for another, say: select area_code_of('Blackpool') as area_code
    select area_code
    from published.area
    where is_upper_tier and is_current
    order by coalesce(imd_2025_average_score, imd_2019_average_score) desc nulls last, area_code
    limit 1
)

select
    observation.title, observation.area_name, observation.dimension, observation.scheme, observation.category_label,
    observation.sex, observation.age, observation.period, observation.value, observation.value_lower,
    observation.value_upper, observation.unit, observation.polarity, observation.note_code, observation.source,
    observation.is_modelled
from published.observation as observation
join my_area on observation.area_code = my_area.area_code
where observation.is_latest
order by observation.dimension <> 'total', observation.title, observation.dimension, observation.scheme,
    observation.sex, observation.age, observation.category_rank, observation.category, observation.period_length
