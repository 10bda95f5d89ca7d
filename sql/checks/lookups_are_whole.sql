-- Lookups are whole: each lists nine tenths or more of what its like list, district for district and LSOA for LSOA.
-- A file that was cut at the end of a row looks like that. Areas that it lost would be left out of their gradients.
-- Asked of England, which every lookup covers. Its like are counted by their median, for one of them may be wrong.
-- scope: delivery
with
listed as (
    select 'district' as kind, '' as part, lad_code as code, snapshot_sha256 from staging.lad_to_region
    union
    select 'district', '', lad_code, snapshot_sha256 from staging.lad_to_upper_tier
    union
    select 'district', '', lad_code, snapshot_sha256 from staging.lsoa_to_lad
    union
    select 'district', cast(year as text), lad_code, snapshot_sha256 from staging.lad_history
    union
    select 'LSOA of ' || lsoa_vintage, '', lsoa_code, snapshot_sha256 from staging.lsoa_to_lad
    union
    select 'LSOA of ' || lsoa_vintage, '', lsoa_code, snapshot_sha256 from staging.lsoa_to_icb
    union
    select 'LSOA of ' || lsoa_vintage, '', lsoa_code, snapshot_sha256 from staging.population_by_lsoa
    union
    select 'LSOA of 2011', '', lsoa11_code, snapshot_sha256 from staging.lsoa_change
    union
    select 'LSOA of 2021', '', lsoa21_code, snapshot_sha256 from staging.lsoa_change
),

counted as (
    select kind, part, snapshot_sha256, substr(code, 1, 1) as register, count(*) as areas
    from listed
    where substr(code, 1, 1) in ('E', 'X')
    group by kind, part, snapshot_sha256, substr(code, 1, 1)
),

files as (
    select kind, register, snapshot_sha256, max(areas) as areas
    from counted
    group by kind, register, snapshot_sha256
),

its_like as (
    select kind, register, median(areas) as areas
    from files
    group by kind, register
)

select
    counted.kind, counted.part, counted.register, counted.areas, its_like.areas as areas_of_its_like,
    counted.snapshot_sha256
from counted
join its_like on counted.kind = its_like.kind and counted.register = its_like.register
where counted.areas < 0.9 * its_like.areas
