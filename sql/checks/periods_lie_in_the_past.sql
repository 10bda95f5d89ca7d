-- Every period ended before its file was fetched: a figure of the future is a misread label.
-- scope: row
select
    observation.indicator, observation.period, observation.period_label, observation.period_end,
    snapshot.retrieved_at, snapshot.path, count(*) as row_count, min(observation.source_line) as first_line
from core.observation as observation
join staging.snapshot as snapshot on observation.snapshot_sha256 = snapshot.sha256
where observation.value is not null and observation.period_end > cast(snapshot.retrieved_at as date)
group by
    observation.indicator, observation.period, observation.period_label, observation.period_end,
    snapshot.retrieved_at, snapshot.path
