-- Names belong to their codes: no file gives an area, in two figures or more, the name that the lookups give another.
-- Codes that were exchanged, shifted by a row or given to another country's areas look like that.
-- scope: delivery
with
known as (
    select area_code, area_type, lower(area_name) as area_name
    from core.area
    where is_in_lookups and coalesce(is_current, true)
),

named as (
    select
        area_code, lower(area_name) as area_name, indicator, snapshot_sha256, count(*) as figures,
        min(source_line) as first_line
    from core.observation
    where area_name is not null
    group by area_code, lower(area_name), indicator, snapshot_sha256
),

names as (select area_name, min(area_code) as area_code from known group by area_name having count(*) = 1)

select
    named.indicator, named.area_code, named.area_name, other.area_code as area_of_that_name, named.figures,
    named.first_line, named.snapshot_sha256
from named
join names as other on named.area_name = other.area_name and named.area_code <> other.area_code
left join core.area as own on named.area_code = own.area_code
where
    named.figures >= 2 and lower(own.area_name) <> named.area_name
    or substr(named.area_code, 1, 1) <> substr(other.area_code, 1, 1)
