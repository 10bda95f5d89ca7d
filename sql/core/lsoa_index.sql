-- One row per LSOA, IMD release and index: the overall IMD, its seven domains and the two supplementary indices.
-- Health and crime scores are standardised and may be negative; 2025 has only the overall rank until File 7 is whole.
with
whole as (
    select file_7.*
    from staging.iod_file_7 as file_7
    join core.lsoa as lsoa
        on
            file_7.imd_release = lsoa.imd_release and file_7.lsoa_code = lsoa.lsoa_code
            and (file_7.imd_release = '2019' or lsoa.imd_score is not null)
),

long as (
    select
        imd_release, lsoa_code,
        unnest([
            { 'index': 'imd', 'score': imd_score, 'rank': imd_rank, 'decile': imd_decile },
            { 'index': 'income', 'score': income_score, 'rank': income_rank, 'decile': income_decile },
            { 'index': 'employment', 'score': employment_score, 'rank': employment_rank, 'decile': employment_decile },
            { 'index': 'education', 'score': education_score, 'rank': education_rank, 'decile': education_decile },
            { 'index': 'health', 'score': health_score, 'rank': health_rank, 'decile': health_decile },
            { 'index': 'crime', 'score': crime_score, 'rank': crime_rank, 'decile': crime_decile },
            { 'index': 'barriers', 'score': barriers_score, 'rank': barriers_rank, 'decile': barriers_decile },
            {
                'index': 'living_environment', 'score': living_environment_score,
                'rank': living_environment_rank, 'decile': living_environment_decile
            },
            { 'index': 'idaci', 'score': idaci_score, 'rank': idaci_rank, 'decile': idaci_decile },
            { 'index': 'idaopi', 'score': idaopi_score, 'rank': idaopi_rank, 'decile': idaopi_decile }
        ]) as entry
    from whole
),

overall_only as (
    select lsoa.imd_release, lsoa.lsoa_code, lsoa.imd_rank, lsoa.imd_decile
    from core.lsoa as lsoa
    where not exists (
        select 1 from whole where whole.imd_release = lsoa.imd_release and whole.lsoa_code = lsoa.lsoa_code
    )
)

select
    imd_release, lsoa_code, entry.index as index,
    entry.score as score, entry.rank as index_rank, entry.decile as decile
from long
union all
select imd_release, lsoa_code, 'imd', null, imd_rank, imd_decile
from overall_only
