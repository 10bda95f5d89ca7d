-- One row per LSOA, IMD release and index: score, rank and decile of the IMD, its domains and supplementary indices.
select
    lsoa_index.imd_release, lsoa.lsoa_vintage, lsoa_index.lsoa_code, lsoa.lsoa_name, lsoa.lad_code,
    lsoa_index.index, lsoa_index.score, lsoa_index.index_rank, lsoa_index.decile,
    lsoa.population, lsoa.population_reference,
    substr(lsoa_index.lsoa_code, 1, 1) = 'X' as is_modelled
from core.lsoa_index as lsoa_index
join core.lsoa as lsoa
    on lsoa_index.imd_release = lsoa.imd_release and lsoa_index.lsoa_code = lsoa.lsoa_code
