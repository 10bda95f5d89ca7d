-- One row per LSOA and release of the Index of Multiple Deprivation.
-- 2019 comes from File 7. 2025 comes from File 1, with scores and populations from File 7 where that file is whole;
-- otherwise its population is Census 2021. A part of File 7 never mixes with the rest. `snapshot_sha256` is of the file
-- that the rank comes from.
with
file_7_2025_is_whole as (
    select
        count(*) > 0 and count(*) = (
            select count(*) from staging.iod_file_1 as file_1 where file_1.imd_release = '2025'
        ) or (
            count(*) > 0 and (select count(*) from staging.iod_file_1 as none where none.imd_release = '2025') = 0
        ) as is_whole
    from staging.iod_file_7
    where imd_release = '2025'
),

whole_file_7 as (
    select file_7.*
    from staging.iod_file_7 as file_7
    cross join file_7_2025_is_whole as checked
    where file_7.imd_release = '2019' or checked.is_whole
),

-- Two editions of a lookup can stand side by side: the newest is today's.
newest_board as (
    select lsoa_vintage, lsoa_code, arg_max(icb_code, icb_vintage) as icb_code
    from staging.lsoa_to_icb
    group by lsoa_vintage, lsoa_code
),

lsoa as (
    select
        imd_release, lsoa_vintage, lsoa_code, lsoa_name, lad_code,
        imd_score, imd_rank, imd_decile, population, population_reference, snapshot_sha256
    from whole_file_7
    union all by name
    select
        file_1.imd_release, file_1.lsoa_vintage, file_1.lsoa_code, file_1.lsoa_name, file_1.lad_code,
        file_1.imd_rank, file_1.imd_decile,
        census.population, 'Census 2021 usual residents' as population_reference, file_1.snapshot_sha256
    from staging.iod_file_1 as file_1
    left join staging.population_by_lsoa as census on file_1.lsoa_code = census.lsoa_code
    where not exists (
        select 1 from whole_file_7 as file_7
        where file_7.imd_release = file_1.imd_release and file_7.lsoa_code = file_1.lsoa_code
    )
)

select
    lsoa.imd_release, lsoa.lsoa_vintage, lsoa.lsoa_code, lsoa.lsoa_name, lsoa.lad_code,
    icb.icb_code,
    substr(lsoa.lsoa_code, 1, 1) || '92000001' as country_code,
    lsoa.imd_score, lsoa.imd_rank, lsoa.imd_decile, lsoa.population, lsoa.population_reference, lsoa.snapshot_sha256
from lsoa
left join newest_board as icb
    on lsoa.lsoa_vintage = icb.lsoa_vintage and lsoa.lsoa_code = icb.lsoa_code
