-- Every observation has an area: its code is in core.area. If not, add the lookup that knows it or remove the rows.
-- scope: release
select
    observation.area_code, observation.area_type, snapshot.path, min(observation.source_line) as first_line,
    count(*) as observations
from core.observation as observation
join staging.snapshot as snapshot on observation.snapshot_sha256 = snapshot.sha256
left join core.area as area on observation.area_code = area.area_code
where area.area_code is null
group by observation.area_code, observation.area_type, snapshot.path
order by observations desc, observation.area_code
