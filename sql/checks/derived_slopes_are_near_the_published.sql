-- Warning: slopes over tenths of areas that we derive lie within 15% of those over the publisher's tenths of areas.
-- Both by the average score of 2019. Further off, areas are missing or the ruler is another one. Not asked of modelled
-- data, whose tenths do not follow from its areas.
with
slope as (
    select
        indicator, area_code, period, period_length, sex, age, basis, value, areas_missing,
        case
            when scheme like 'district%' then 'district'
            when scheme like 'county%' or scheme like 'upper_tier%' then 'upper_tier'
        end as tier
    from measures.inequality
    where
        measure = 'slope_index' and transform = 'none' and dimension = 'deprivation_decile' and not is_modelled
        and (
            (basis = 'whole_areas_derived' and scheme like '%imd2019_average_score')
            or (basis = 'whole_areas_published' and scheme like '%imd2019%')
        )
)

select
    derived.indicator, derived.area_code, derived.period, derived.sex, derived.age, derived.tier,
    derived.value as derived_slope, published.value as published_slope, derived.areas_missing
from slope as derived
join slope as published
    on
        derived.indicator = published.indicator and derived.area_code = published.area_code
        and derived.period = published.period and derived.period_length = published.period_length
        and derived.sex = published.sex and derived.age = published.age and derived.tier = published.tier
        and derived.basis = 'whole_areas_derived' and published.basis = 'whole_areas_published'
where abs(derived.value - published.value) > 0.15 * abs(published.value)
