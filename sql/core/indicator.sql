-- One row per indicator of the catalogue that has at least one observation, with the input it rests on.
with
seen as (
    select
        observation.indicator,
        min(observation.period_start) as first_period_start,
        max(observation.period_end) as last_period_end,
        count(*) as observation_count,
        string_agg(distinct observation.source, ';' order by observation.source) as sources_used,
        bool_and(observation.is_modelled) as is_modelled
    from core.observation as observation
    group by observation.indicator
)

select
    indicator.*,
    seen.first_period_start, seen.last_period_end, seen.observation_count, seen.sources_used, seen.is_modelled
from staging.indicator as indicator
join seen on indicator.indicator = seen.indicator
