-- Every observation has an area: its code is in core.area.
select observation.area_code, observation.area_type, observation.source, count(*) as observations
from core.observation as observation
left join core.area as area on observation.area_code = area.area_code
where area.area_code is null
group by observation.area_code, observation.area_type, observation.source
