-- One row per observation of every source, with its place in the catalogue's order of preference.
-- Place 1 fills the cell; the others stay here to be reconciled with it.
with
preference as (
    select indicator, unnest(string_split(sources, ';')) as source,
        generate_subscripts(string_split(sources, ';'), 1) as place
    from staging.indicator
),

conformed as (
    select
        observation.* replace (coalesce(area_alias.area_code, observation.area_code) as area_code),
        observation.area_code as published_area_code
    from staging.observation as observation
    left join core.area_alias as area_alias on observation.area_code = area_alias.alias_code
)

select
    observation.*,
    snapshot.is_modelled,
    row_number() over (
        partition by
            observation.indicator, observation.area_code, observation.period, observation.period_length,
            observation.sex, observation.age, observation.dimension, observation.scheme, observation.category
        order by
            coalesce(preference.place, 99), observation.source, observation.snapshot_sha256, observation.source_line
    ) as source_place
from conformed as observation
join staging.snapshot as snapshot on observation.snapshot_sha256 = snapshot.sha256
left join preference
    on observation.indicator = preference.indicator and observation.source = preference.source
