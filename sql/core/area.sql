-- One row per area code that a lookup or a figure has, current or historical, with its parents.
-- `area_type` follows the code's first three characters; a unitary authority is a district and an upper tier at once.
-- An area that no lookup holds (practice, ward, abolished county) is here as the newest file names it, and
-- `is_in_lookups` is false; it has no parents but its country. `abolished_on` is the day from which it was no more.
with
country as (
    select 'E' as register, 'E92000001' as area_code, 'England' as area_name
    union all
    select 'N', 'N92000002', 'Northern Ireland'
    union all
    select 'S', 'S92000003', 'Scotland'
    union all
    select 'W', 'W92000004', 'Wales'
    union all
    -- The fictional country of the embedded sample: no register uses codes that begin with X.
    select distinct 'X', country_code, 'Modelled England' from core.lsoa where country_code = 'X92000001'
),

seen as (
    select
        area_code,
        arg_max(area_name, year) as area_name,
        min(year) as first_year,
        max(year) as last_year,
        bool_or(tier = 'district') as is_district,
        bool_or(tier = 'upper_tier') as is_upper_tier,
        min(tier) as tier
    from (select tier, area_code, area_name, year from core.area_vintage order by tier, area_code, year) as ordered
    group by area_code
),

newest as (select tier, max(year) as year from core.area_vintage group by tier),

in_use as (
    select distinct area_vintage.area_code
    from core.area_vintage as area_vintage
    join newest on area_vintage.tier = newest.tier and area_vintage.year = newest.year
),

parent_upper_tier as (
    select lad_code as area_code, arg_max(upper_tier_code, vintage) as upper_tier_code
    from staging.lad_to_upper_tier
    group by lad_code
),

district_region as (
    select lad_code as area_code, arg_max(region_code, vintage) as region_code
    from staging.lad_to_region
    group by lad_code
),

parent_region as (
    select area_code, region_code from district_region
    union all
    -- A county lies in the region of its districts.
    select distinct tier.upper_tier_code, min(district_region.region_code)
    from staging.lad_to_upper_tier as tier
    join district_region on tier.lad_code = district_region.area_code
    where tier.upper_tier_code not in (select area_code from district_region)
    group by tier.upper_tier_code
),

icb_people as (
    select lsoa_area.area_code, lsoa.icb_code, count(*) as lsoa_count
    from core.lsoa_area as lsoa_area
    join core.lsoa as lsoa
        on lsoa_area.imd_release = lsoa.imd_release and lsoa_area.lsoa_code = lsoa.lsoa_code
    -- Boards of today: a board that was merged would halve the part of the one that took its place.
    where lsoa.icb_code in (select area_code from in_use)
    group by lsoa_area.area_code, lsoa.icb_code
),

-- The ICB that holds most of an area's LSOAs, and the part of them it holds.
parent_icb as (
    select
        area_code,
        arg_max(icb_code, lsoa_count) as icb_code,
        max(lsoa_count) / sum(lsoa_count) as icb_share_of_lsoas
    from (select area_code, icb_code, lsoa_count from icb_people order by area_code, lsoa_count, icb_code) as ordered
    group by area_code
),

area as (
    select area_code, area_name, null as first_year, null as last_year, false as is_district,
        false as is_upper_tier, 'country' as area_type, true as is_current
    from country
    union all by name
    select
        seen.area_code, seen.area_name, seen.first_year, seen.last_year, seen.is_district, seen.is_upper_tier,
        case
            -- Only England's register (and the sample's) gives these digits this meaning.
            when substr(seen.area_code, 1, 1) not in ('E', 'X') then seen.tier
            when substr(seen.area_code, 2, 2) = '06' then 'unitary_authority'
            when substr(seen.area_code, 2, 2) = '07' then 'non_metropolitan_district'
            when substr(seen.area_code, 2, 2) = '08' then 'metropolitan_district'
            when substr(seen.area_code, 2, 2) = '09' then 'london_borough'
            when substr(seen.area_code, 2, 2) = '10' then 'county'
            when substr(seen.area_code, 2, 2) = '12' then 'region'
            when substr(seen.area_code, 2, 2) = '54' then 'icb'
            else seen.tier
        end as area_type,
        in_use.area_code is not null as is_current
    from seen
    left join in_use on seen.area_code = in_use.area_code
    where seen.area_code not in (select area_code from country)
),

abolished as (
    select
        area_code, max(abolished_on) as abolished_on,
        string_agg(distinct successor_code, ';' order by successor_code) as successor_codes
    from core.area_successor
    group by area_code
),

-- As the file of the newest period names them.
published as (
    select
        coalesce(area_alias.area_code, observation.area_code) as area_code,
        observation.area_name, observation.area_type, observation.period_end, snapshot.is_modelled
    from staging.observation as observation
    join staging.snapshot as snapshot on observation.snapshot_sha256 = snapshot.sha256
    left join core.area_alias as area_alias on observation.area_code = area_alias.alias_code
),

named as (
    select
        area_code,
        coalesce(arg_max(area_name, period_end), area_code) as area_name,
        arg_max(area_type, period_end) as published_type,
        bool_or(is_modelled) as is_modelled
    from (
        select distinct area_code, area_name, area_type, period_end, is_modelled
        from published
        where area_code not in (select area_code from area)
        order by area_code, period_end, area_name, area_type
    ) as ordered
    group by area_code
),

unlisted as (
    select
        named.area_code, named.area_name,
        case
            when named.area_code not similar to '[EX][0-9]{8}' then named.published_type
            when substr(named.area_code, 2, 2) = '06' then 'unitary_authority'
            when substr(named.area_code, 2, 2) = '07' then 'non_metropolitan_district'
            when substr(named.area_code, 2, 2) = '08' then 'metropolitan_district'
            when substr(named.area_code, 2, 2) = '09' then 'london_borough'
            when substr(named.area_code, 2, 2) = '10' then 'county'
            else named.published_type
        end as area_type,
        -- Clinical commissioning groups ended with June 2022, the centres of Public Health England with September 2021.
        case named.published_type
            when 'ccg' then date '2022-07-01' when 'phe_centre' then date '2021-10-01'
        end as type_abolished_on,
        case
            when named.area_code similar to '[A-Z][0-9]{8}' then substr(named.area_code, 1, 1)
            -- The NHS of England gives the other codes.
            when named.is_modelled then 'X'
            else 'E'
        end as register
    from named
),

every as (
    select *, true as is_in_lookups, null as type_abolished_on, substr(area_code, 1, 1) as register
    from area
    union all by name
    select *, false as is_district, false as is_upper_tier, false as is_in_lookups from unlisted
)

select
    area.area_code, area.area_name, area.area_type, area.is_district, area.is_upper_tier,
    case
        when area.is_in_lookups then area.is_current
        when coalesce(abolished.abolished_on, area.type_abolished_on) is not null then false
    end as is_current,
    area.is_in_lookups, area.first_year, area.last_year,
    case
        when not coalesce(area.is_current, false) then coalesce(abolished.abolished_on, area.type_abolished_on)
    end as abolished_on,
    case when not coalesce(area.is_current, false) then abolished.successor_codes end as successor_codes,
    case when area.is_district then parent_upper_tier.upper_tier_code end as upper_tier_code,
    case
        when area.area_type not in ('country', 'region', 'icb', 'sub_icb') then parent_region.region_code
    end as region_code,
    case when area.is_district or area.is_upper_tier then parent_icb.icb_code end as icb_code,
    case when area.is_district or area.is_upper_tier then parent_icb.icb_share_of_lsoas end as icb_share_of_lsoas,
    case when area.area_type <> 'country' then country.area_code end as country_code
from every as area
left join country on area.register = country.register
left join abolished on area.area_code = abolished.area_code
left join parent_upper_tier on area.area_code = parent_upper_tier.area_code
left join parent_region on area.area_code = parent_region.area_code
left join parent_icb on area.area_code = parent_icb.area_code
