-- Who smokes: by ethnic group, socioeconomic class and tenure, with limits; and what is not published for an area?
-- Percent of adults. The groups come from a survey: where limits overlap, a difference may be chance. An area without
-- a row has no published figure by group, which is not the same as no difference.
with
grouped as (
    select
        area_name, area_type, dimension, scheme, period, category_label, value, value_lower, value_upper, unit,
        note_code, source, is_modelled
    from published.observation
    where
        indicator = 'smoking_prevalence_adults' and is_latest
        and dimension in ('ethnic_group', 'socioeconomic_group', 'housing_tenure')
)

select
    area_name, area_type, dimension, scheme, period, category_label, value, value_lower, value_upper, unit, note_code,
    source, is_modelled
from grouped
union all
select
    'districts and upper tiers', null, wanted.dimension, null, null, null, null, null, null, null,
    case when count(grouped.dimension) = 0 then 'not published below the country' else 'published for some' end, null,
    false
from (values ('ethnic_group'), ('socioeconomic_group'), ('housing_tenure')) as wanted (dimension)
left join grouped
    on wanted.dimension = grouped.dimension and grouped.area_type <> 'country'
group by wanted.dimension
order by dimension, area_type nulls last, area_name, scheme, category_label
