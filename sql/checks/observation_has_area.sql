-- Warning: every observation's area is in a lookup. Others are published as their file names them, without parents.
-- `is_in_lookups` says which. To place them, add the lookup that knows them.
-- scope: release
select
    area.area_type, snapshot.path, observation.snapshot_sha256, count(distinct observation.area_code) as areas,
    count(*) as observations, min(observation.area_code) as area_code,
    arg_min(area.area_name, observation.area_code) as area_name, min(observation.source_line) as first_line
from core.observation as observation
join staging.snapshot as snapshot on observation.snapshot_sha256 = snapshot.sha256
left join core.area as area on observation.area_code = area.area_code
where not coalesce(area.is_in_lookups, false)
group by area.area_type, snapshot.path, observation.snapshot_sha256
order by observations desc, area_code
