-- One row per dimension and scheme: what is ranked, by which ruler and edition, into which parts, and the words for it.
-- `ranked_units` and `tier` say what the groups are made of, `part` and `places` what a sentence calls them.
with
scheme as (
    select distinct
        dimension, scheme, geography, scope, index, index_vintage, area_vintage, basis, ruler, ordered,
        groups_expected, slope_groups_expected, measures_allowed, measures_with_population, gap_pair,
        case
            when basis in ('neighbourhoods_national', 'neighbourhoods_within_area') then 'neighbourhoods'
            when basis in ('whole_areas_published', 'whole_areas_derived') then 'whole_areas'
        end as ranked_units
    from staging.breakdown
)

select
    *,
    slope_groups_expected > 0 as is_ranked,
    gap_pair is not null as has_pair,
    case geography when 'district_ua' then 'district' when 'county_ua' then 'upper_tier' end as tier,
    case dimension when 'deprivation_decile' then 'tenth' when 'deprivation_quintile' then 'fifth' end as part,
    case
        when ranked_units = 'neighbourhoods' then 'neighbourhoods'
        when geography = 'district_ua' then 'districts'
        when geography = 'county_ua' then 'upper-tier authorities'
        when geography = 'ccg' then 'clinical commissioning groups'
        when geography = 'gp_practice' then 'general practices'
        when geography = 'icb' then 'integrated care boards'
        when geography = 'sub_icb' then 'sub-ICB locations'
        when geography = 'pcn' then 'primary care networks'
        when geography = 'ward' then 'wards'
        when geography like 'msoa%' then 'middle-layer areas'
    end as places,
    case
        when ranked_units = 'whole_areas'
            then format('ranked by {} (IMD {})', coalesce(replace(ruler, '_', ' '), 'deprivation'), index_vintage)
    end as ranked_by
from scheme
