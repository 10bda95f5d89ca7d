-- Which indicators hold how much, which are old, and which areas and groups do they lack?
-- An indicator that is not listed has no figure in this input. `inequality catalogue propose FILE` drafts what the
-- catalogue needs for a Fingertips file that it does not know.
select
    indicator.indicator, indicator.title, indicator.fingertips_id, indicator.state, indicator.sources_used,
    indicator.last_period_end, indicator.observation_count,
    count(distinct observation.area_code) as areas,
    count(distinct observation.dimension) filter (where observation.dimension <> 'total') as breakdowns,
    count(*) filter (where observation.value is null) as figures_missing,
    indicator.is_modelled
from published.indicator as indicator
left join published.observation as observation on indicator.indicator = observation.indicator
group by all
order by indicator.last_period_end desc, indicator.indicator
