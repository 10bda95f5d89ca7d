-- One row per area, period and sex: life and healthy life expectancy at birth and the gap, in years.
-- England: `gap_definition` is decile_10_minus_1 and both slope indices stand beside it.
-- Other areas: `gap_definition` is england_minus_area, and the published slope index of life expectancy stands beside.
with
-- One scheme of national tenths per area: two schemes of tenths are two different gaps.
national as (
    select area_code, arg_min(scheme, case scheme when 'lsoa11_in_england_imd2019' then 0 else 1 end) as scheme
    from (
        select distinct area_code, scheme
        from measures.inequality
        where
            basis = 'neighbourhoods_national' and dimension = 'deprivation_decile'
            and indicator in ('life_expectancy_at_birth', 'healthy_life_expectancy_at_birth')
        order by area_code, scheme
    ) as known
    group by area_code
),

expectancy as (
    select
        observation.area_code, observation.period, observation.period_length, observation.period_start,
        observation.period_end, observation.sex, observation.dimension, observation.category_rank,
        observation.indicator = 'life_expectancy_at_birth' as is_all_life, observation.value, observation.is_modelled
    from core.observation as observation
    left join national on observation.area_code = national.area_code
    where
        observation.indicator in ('life_expectancy_at_birth', 'healthy_life_expectancy_at_birth')
        and (
            observation.dimension = 'total'
            or (observation.dimension = 'deprivation_decile' and observation.scheme = national.scheme)
        )
        and observation.sex in ('male', 'female', 'persons')
),

wide as (
    select
        area_code, period, period_length, period_start, period_end, sex,
        max(value) filter (where is_all_life and dimension = 'total') as life_expectancy,
        max(value) filter (where not is_all_life and dimension = 'total') as healthy_life_expectancy,
        max(value) filter (where is_all_life and category_rank = 1) as le_most_deprived,
        max(value) filter (where is_all_life and category_rank = 10) as le_least_deprived,
        max(value) filter (where not is_all_life and category_rank = 1) as hle_most_deprived,
        max(value) filter (where not is_all_life and category_rank = 10) as hle_least_deprived,
        bool_or(is_modelled) as is_modelled
    from expectancy
    group by area_code, period, period_length, period_start, period_end, sex
),

-- What an area is compared with: England, also for the other nations; the sample's areas with the sample's own.
nation as (
    select
        substr(area_code, 1, 1) as register,
        case when area_code like 'X%' then area_code else 'E92000001' end as nation_code
    from core.area
    where area_type = 'country'
),

slope as (
    select
        inequality.area_code, inequality.period, inequality.period_length, inequality.sex,
        max(inequality.value) filter (where inequality.indicator = 'life_expectancy_at_birth') as le_slope_index,
        max(inequality.value)
            filter (where inequality.indicator = 'healthy_life_expectancy_at_birth') as hle_slope_index
    from measures.inequality as inequality
    join national on inequality.area_code = national.area_code and inequality.scheme = national.scheme
    where
        inequality.measure = 'slope_index' and inequality.transform = 'none'
        and inequality.dimension = 'deprivation_decile'
    group by inequality.area_code, inequality.period, inequality.period_length, inequality.sex
),

published_slope as (
    select area_code, period, period_length, sex, value as le_slope_index_published
    from core.observation
    where indicator = 'slope_index_of_life_expectancy_at_birth' and dimension = 'total'
)

select
    wide.area_code, area.area_name, area.area_type,
    wide.period, wide.period_length, wide.period_start, wide.period_end,
    wide.period_end = max(wide.period_end) over (
        partition by wide.area_code, wide.period_length, wide.sex
    ) as is_latest,
    wide.sex,
    wide.life_expectancy, wide.healthy_life_expectancy,
    wide.le_most_deprived, wide.le_least_deprived, wide.hle_most_deprived, wide.hle_least_deprived,
    case
        when wide.area_code = nation.nation_code then 'decile_10_minus_1' else 'england_minus_area'
    end as gap_definition,
    case
        when wide.area_code = nation.nation_code then wide.hle_least_deprived - wide.hle_most_deprived
        else england.healthy_life_expectancy - wide.healthy_life_expectancy
    end as gap_years,
    case
        when wide.area_code = nation.nation_code then wide.le_least_deprived - wide.le_most_deprived
        else england.life_expectancy - wide.life_expectancy
    end as life_expectancy_gap_years,
    case
        when wide.area_code = nation.nation_code and wide.hle_most_deprived is null
            then 'no healthy life expectancy by tenth is published for this period'
        when wide.area_code <> nation.nation_code and wide.healthy_life_expectancy is null
            then 'no healthy life expectancy is published for this area and period'
        when wide.area_code <> nation.nation_code and england.healthy_life_expectancy is null
            then 'no healthy life expectancy of England is held for this period'
    end as gap_note,
    slope.le_slope_index, slope.hle_slope_index, published_slope.le_slope_index_published,
    wide.life_expectancy - wide.healthy_life_expectancy as years_in_poor_health,
    wide.healthy_life_expectancy / nullif(wide.life_expectancy, 0) as share_of_life_in_good_health,
    wide.le_most_deprived - wide.hle_most_deprived as years_in_poor_health_most_deprived,
    wide.le_least_deprived - wide.hle_least_deprived as years_in_poor_health_least_deprived,
    wide.is_modelled
from wide
join core.area as area on wide.area_code = area.area_code
join nation on substr(wide.area_code, 1, 1) = nation.register
left join wide as england
    on
        nation.nation_code = england.area_code and wide.period = england.period
        and wide.period_length = england.period_length and wide.sex = england.sex
left join slope
    on
        wide.area_code = slope.area_code and wide.period = slope.period
        and wide.period_length = slope.period_length and wide.sex = slope.sex
left join published_slope
    on
        wide.area_code = published_slope.area_code and wide.period = published_slope.period
        and wide.period_length = published_slope.period_length and wide.sex = published_slope.sex
