-- Which neighbourhoods of an area are in the most deprived tenth, how many people live there, and where do they rank?
-- Rank 1 is the most deprived neighbourhood of the country. Domains are indices of their own: a neighbourhood may be
-- far up in one and not in another. An index ranks places, not people.
with
my_district as (
    -- The district with most such neighbourhoods; for another, say: select area_code_of('Blackpool') as area_code
    select lad_code as area_code
    from published.lsoa_deprivation
    where index = 'imd' and decile = 1
    group by lad_code
    order by count(*) desc, lad_code
    limit 1
),

newest as (
    select lsoa.*
    from published.lsoa_deprivation as lsoa
    join my_district on lsoa.lad_code = my_district.area_code
    qualify lsoa.imd_release = max(lsoa.imd_release) over ()
)

select
    imd_release, lsoa_code, lsoa_name, max(population) as people,
    max(index_rank) filter (where index = 'imd') as overall_rank,
    string_agg(index || ': ' || index_rank, ', ' order by index) filter (where index <> 'imd') as rank_in_each_domain,
    bool_or(is_modelled) as is_modelled
from newest
group by imd_release, lsoa_code, lsoa_name
having max(decile) filter (where index = 'imd') = 1
order by overall_rank, lsoa_code
