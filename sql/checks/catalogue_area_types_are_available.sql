-- Warning: Fingertips has data for every area type that the catalogue states for an indicator, as far as it was asked.
-- scope: release
with
stated as (
    select indicator, fingertips_id, state, cast(unnest(string_split(area_types, ';')) as bigint) as area_type_id
    from staging.indicator
    where
        fingertips_id is not null
        and area_types <> ''
        and list_contains(string_split(sources, ';'), 'fingertips')
),

known as (
    select distinct fingertips_id from staging.fingertips_available
)

select
    stated.indicator, stated.fingertips_id, stated.state,
    if(
        known.fingertips_id is null, 'Fingertips has no data for the indicator', 'no data at these area types'
    ) as finding,
    string_agg(cast(stated.area_type_id as varchar), ';' order by stated.area_type_id) as area_types
from stated
left join known on stated.fingertips_id = known.fingertips_id
left join staging.fingertips_available as available
    on stated.fingertips_id = available.fingertips_id and stated.area_type_id = available.area_type_id
where available.fingertips_id is null and exists (from known select 1 as one)
group by stated.indicator, stated.fingertips_id, stated.state, known.fingertips_id
order by stated.indicator
