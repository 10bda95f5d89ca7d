-- One row per LSOA, IMD release and area that it lies in: districts, upper tier, region, ICB and country.
-- An LSOA lies in the districts, upper tiers and ICBs of its time and of today, under the code that we use for each:
-- every edition of a lookup counts, and a board that was merged stands beside the one that took its place.
with
lsoa as (
    select lsoa.imd_release, lsoa.lsoa_vintage, lsoa.lsoa_code, lsoa.lad_code, lsoa.country_code,
        coalesce(area_alias.area_code, successor.current_lad_code, lsoa.lad_code) as current_lad_code
    from core.lsoa as lsoa
    left join core.lad_successor as successor on lsoa.lad_code = successor.lad_code
    left join core.area_alias as area_alias
        on coalesce(successor.current_lad_code, lsoa.lad_code) = area_alias.alias_code
),

-- The ICB of today that holds all LSOAs of 2021 made from an LSOA of 2011.
current_icb as (
    select change.lsoa11_code as lsoa_code, icb.icb_vintage, min(icb.icb_code) as icb_code
    from staging.lsoa_change as change
    join staging.lsoa_to_icb as icb on icb.lsoa_vintage = '2021' and change.lsoa21_code = icb.lsoa_code
    group by change.lsoa11_code, icb.icb_vintage
    having count(distinct icb.icb_code) = 1
),

membership as (
    select imd_release, lsoa_code, country_code as area_code from lsoa
    union all
    select lsoa.imd_release, lsoa.lsoa_code, icb.icb_code
    from lsoa
    join staging.lsoa_to_icb as icb on lsoa.lsoa_vintage = icb.lsoa_vintage and lsoa.lsoa_code = icb.lsoa_code
    union all
    select lsoa.imd_release, lsoa.lsoa_code, current_icb.icb_code
    from lsoa join current_icb on lsoa.lsoa_code = current_icb.lsoa_code
    where lsoa.imd_release = '2019'
    union all
    select imd_release, lsoa_code, lad_code from lsoa
    union all
    select imd_release, lsoa_code, current_lad_code from lsoa
    union all
    select lsoa.imd_release, lsoa.lsoa_code, tier.upper_tier_code
    from lsoa join staging.lad_to_upper_tier as tier on lsoa.lad_code = tier.lad_code
    union all
    select lsoa.imd_release, lsoa.lsoa_code, tier.upper_tier_code
    from lsoa join staging.lad_to_upper_tier as tier on lsoa.current_lad_code = tier.lad_code
    union all
    select lsoa.imd_release, lsoa.lsoa_code, region.region_code
    from lsoa join staging.lad_to_region as region on lsoa.lad_code = region.lad_code
)

select distinct imd_release, lsoa_code, area_code
from membership
where area_code is not null
