-- One row per observation of every source, with its place in the catalogue's order of preference.
-- Place 1 fills the cell; the others stay here to be reconciled with it. Where one source has an area under its old and
-- its new code, the publication that reaches a later period comes first, then the new code (codes are given in order).
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
),

vintage as (
    select indicator, source, snapshot_sha256, max(period_end) as figures_end
    from staging.observation
    where value is not null
    group by indicator, source, snapshot_sha256
)

select
    observation.*,
    snapshot.is_modelled,
    -- A publication was made by the method of its time: that of its newest period.
    case
        when vintage.figures_end < cast(indicator.method_since as date) then indicator.method_before
        else indicator.method
    end as method,
    indicator.modelled_estimate and (
        indicator.method_since is null or vintage.figures_end >= cast(indicator.method_since as date)
    ) as is_model_estimate,
    row_number() over (
        partition by
            observation.indicator, observation.area_code, observation.period, observation.period_length,
            observation.sex, observation.age, observation.dimension, observation.scheme, observation.category
        order by
            coalesce(preference.place, 99), observation.source, vintage.figures_end desc nulls last,
            observation.published_area_code desc,
            observation.snapshot_sha256, observation.source_line
    ) as source_place
from conformed as observation
join staging.snapshot as snapshot on observation.snapshot_sha256 = snapshot.sha256
left join staging.indicator as indicator on observation.indicator = indicator.indicator
left join vintage
    on
        observation.indicator = vintage.indicator and observation.source = vintage.source
        and observation.snapshot_sha256 = vintage.snapshot_sha256
left join preference
    on observation.indicator = preference.indicator and observation.source = preference.source
