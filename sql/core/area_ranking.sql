-- One row per ranking of whole areas and area: by what score it is ranked, its figure and its people, before the cut.
-- A ranking is a scheme of whole areas in one country: of all areas of the scheme's year, or of those with a figure of
-- one indicator, period, sex and age. `ranking_score` is null where the area cannot be ranked; higher is more deprived.
-- Figures are ranked in the tier (districts or upper tiers) of which the indicator covers more; the others are missing.
with
tier as (
    select tier.tier, area.area_code, area.area_name, area.country_code
    from core.area as area
    join (select 'district' as tier union all select 'upper_tier') as tier
        on (tier.tier = 'district' and area.is_district) or (tier.tier = 'upper_tier' and area.is_upper_tier)
    where area.is_current and area.area_code in (select area_code from core.area_deprivation)
),

series as (
    select
        tier.tier, tier.country_code, observation.indicator, observation.period, observation.period_length,
        observation.period_start, observation.period_end, observation.sex, observation.age,
        count(observation.value) as area_count,
        bool_or(observation.is_modelled) as is_modelled,
        min(observation.method) as method, min(observation.method) <> max(observation.method) as methods_mixed,
        bool_or(observation.is_model_estimate) as is_model_estimate
    from core.observation as observation
    join core.indicator as indicator on observation.indicator = indicator.indicator and indicator.slope_allowed
    join tier on observation.area_code = tier.area_code
    where observation.dimension = 'total'
    group by all
),

covered as (
    select series.*, expected.areas_expected
    from series
    join (
        select tier, country_code, count(*) as areas_expected from tier group by tier, country_code
    ) as expected on series.tier = expected.tier and series.country_code = expected.country_code
    where series.area_count >= 20 and series.area_count >= 0.5 * expected.areas_expected
    qualify row_number() over (
        partition by
            series.country_code, series.indicator, series.period, series.period_length, series.sex, series.age
        order by series.area_count / expected.areas_expected desc, series.tier desc
    ) = 1
),

of_figures as (
    select
        scheme.dimension, scheme.scheme, scheme.groups_expected, covered.country_code,
        covered.indicator, covered.period, covered.period_length, covered.period_start, covered.period_end,
        covered.sex, covered.age, covered.areas_expected, covered.is_modelled,
        covered.method, covered.methods_mixed, covered.is_model_estimate,
        tier.area_code, tier.area_name,
        observation.value, observation.value_lower, observation.value_upper, observation.standard_error,
        deprivation.population, deprivation.population_reference,
        case
            when observation.value is not null and deprivation.population > 0
                then case scheme.ruler
                    when 'average_score' then deprivation.imd_average_score
                    when 'average_rank' then deprivation.imd_average_rank
                end
        end as ranking_score
    from covered
    join core.scheme as scheme on covered.tier = scheme.tier and scheme.basis = 'whole_areas_derived'
    join tier on covered.tier = tier.tier and covered.country_code = tier.country_code
    left join core.observation as observation
        on
            tier.area_code = observation.area_code and covered.indicator = observation.indicator
            and covered.period = observation.period and covered.period_length = observation.period_length
            and covered.sex = observation.sex and covered.age = observation.age and observation.dimension = 'total'
    left join core.area_deprivation as deprivation
        on tier.area_code = deprivation.area_code and scheme.index_vintage = deprivation.imd_release
),

of_all_areas as (
    select
        scheme.dimension, scheme.scheme, scheme.groups_expected, area.country_code,
        area.area_code, area.area_name, deprivation.population, deprivation.population_reference,
        deprivation.imd_average_score as ranking_score
    from core.scheme as scheme
    join core.area_vintage as area_vintage
        on
            scheme.tier = area_vintage.tier
            and area_vintage.year = try_cast(regexp_extract(scheme.area_vintage, '^apr(\d{4})', 1) as bigint)
    join core.area as area on area_vintage.area_code = area.area_code
    join core.area_deprivation as deprivation
        on area_vintage.area_code = deprivation.area_code and scheme.index_vintage = deprivation.imd_release
    where scheme.index = 'imd' and scheme.part is not null and deprivation.imd_average_score is not null
)

select * from of_figures
union all by name
select * from of_all_areas
