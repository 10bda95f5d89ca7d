-- Warning: slopes over tenths of areas that we derive lie within 15% of those over the publisher's tenths of areas.
-- Both by the average score of 2019. Further off, areas are missing or the ruler is another one. Not asked of modelled
-- data, whose tenths do not follow from its areas.
-- scope: release
with
slope as (
    select
        inequality.indicator, inequality.area_code, inequality.period, inequality.period_length, inequality.sex,
        inequality.age, inequality.basis, inequality.value, inequality.areas_missing, scheme.tier
    from measures.inequality as inequality
    join core.scheme as scheme on inequality.dimension = scheme.dimension and inequality.scheme = scheme.scheme
    where
        inequality.measure = 'slope_index' and inequality.transform = 'none' and not inequality.is_modelled
        and scheme.part = 'tenth' and scheme.ranked_units = 'whole_areas' and scheme.index_vintage = '2019'
        and coalesce(scheme.ruler, 'average_score') = 'average_score'
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
join core.tolerance as tolerance on tolerance.compared = 'slope index over tenths of areas'
where abs(derived.value - published.value) > tolerance.tolerance * abs(published.value)
