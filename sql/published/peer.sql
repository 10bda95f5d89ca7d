-- One row per area, kind of peer and peer: authorities, regions, ICBs and sub-ICBs that are much like it.
-- `peer_kind`: `area_type` (all of its tier), `region` (of its tier and region), `deprivation_decile` (of its tier and
-- tenth of the tier by the newest index's average score), `neighbours` (those ONS finds most alike, the nearest first).
with
tiered as (
    select
        area_code, region_code, is_modelled,
        case when is_upper_tier then 'upper_tier' when is_district then 'district' else area_type end as tier,
        case when area_code like 'X%' then 'X' else 'E' end as register,
        coalesce(imd_2025_average_score, imd_2019_average_score) as average_score,
        imd_2025_average_score is not null as is_of_newest_index
    from published.area
    where
        is_current and is_in_lookups
        and (is_district or is_upper_tier or area_type in ('region', 'icb', 'sub_icb'))
        and substr(area_code, 1, 1) in ('E', 'X')
),

-- Where any of a tier has the newest index, those without it are in no tenth.
scored as (
    select area_code, tier, register, average_score
    from tiered
    where average_score is not null
    qualify is_of_newest_index or not bool_or(is_of_newest_index) over (partition by tier, register)
),

tenth as (
    select
        area_code,
        ntile(10) over (partition by tier, register order by average_score desc, area_code) as deprivation_tenth
    from scored
),

alike as (
    select
        area.area_code, peer.area_code as peer_code, area.is_modelled or peer.is_modelled as is_modelled,
        area.region_code = peer.region_code as is_of_region,
        own.deprivation_tenth = other.deprivation_tenth as is_of_tenth
    from tiered as area
    join tiered as peer
        on area.tier = peer.tier and area.register = peer.register and area.area_code <> peer.area_code
    left join tenth as own on area.area_code = own.area_code
    left join tenth as other on peer.area_code = other.area_code
),

found as (
    select area_code, 'area_type' as peer_kind, peer_code, null::bigint as place, is_modelled
    from alike
    union all
    select area_code, 'region', peer_code, null, is_modelled
    from alike
    where is_of_region
    union all
    select area_code, 'deprivation_decile', peer_code, null, is_modelled
    from alike
    where is_of_tenth
    union all
    select area_code, 'neighbours', similar_area_code, place, false
    from staging.ons_similar_areas
)

select
    found.area_code, area.area_name, found.peer_kind, found.peer_code, peer.area_name as peer_name, found.place,
    found.is_modelled
from found
join published.area as area on found.area_code = area.area_code
join published.area as peer on found.peer_code = peer.area_code
order by found.area_code, found.peer_kind, found.place, found.peer_code
