-- One row per figure of ours that somebody also publishes: both figures, their difference and whether they agree.
-- The tolerance is that of the pair (core.tolerance). Compared are our slopes, the sources that did not fill a cell
-- with the one that did, our summaries of the index, and slopes over areas that we derive with those over published
-- tenths. `our_figures_end` and `their_figures_end` tell their vintages: where one goes on to later periods, the other
-- may stand from before a rebase.
with
newest as (
    select indicator, source, dimension, scheme, max(period_end) as figures_end
    from core.observation_candidate
    where value is not null
    group by indicator, source, dimension, scheme
),

slope as (
    select
        inequality.*, scheme.ranked_units, scheme.tier, scheme.ruler, scheme.index_vintage
    from measures.inequality as inequality
    join core.scheme as scheme on inequality.dimension = scheme.dimension and inequality.scheme = scheme.scheme
    where
        inequality.measure = 'slope_index' and inequality.transform = 'none' and scheme.part = 'tenth'
),

slopes as (
    select
        slope.indicator, slope.area_code, slope.period, slope.period_length, slope.sex, slope.age, slope.scheme,
        'slope index' as compared, 'computed from deciles' as our_source, published.source as their_source,
        slope.value as our_value, published.value as their_value,
        our_newest.figures_end as our_figures_end, their_newest.figures_end as their_figures_end,
        slope.is_modelled or published.is_modelled as is_modelled
    from slope
    join core.observation as published
        on
            slope.area_code = published.area_code and slope.period = published.period
            and slope.period_length = published.period_length and slope.sex = published.sex
            and published.dimension = 'total'
            and published.indicator = case slope.indicator
                when 'life_expectancy_at_birth' then 'slope_index_of_life_expectancy_at_birth'
                when 'life_expectancy_at_65' then 'slope_index_of_life_expectancy_at_65'
                when 'healthy_life_expectancy_at_birth' then 'slope_index_of_healthy_life_expectancy_england'
            end
    left join (
        select indicator, dimension, scheme, max(figures_end) as figures_end
        from newest
        group by indicator, dimension, scheme
    ) as our_newest
        on
            slope.indicator = our_newest.indicator and slope.dimension = our_newest.dimension
            and slope.scheme = our_newest.scheme
    left join newest as their_newest
        on
            published.indicator = their_newest.indicator and published.source = their_newest.source
            and published.dimension = their_newest.dimension and published.scheme = their_newest.scheme
    where slope.ranked_units = 'neighbourhoods'
),

sources as (
    select
        used.indicator, used.area_code, used.period, used.period_length, used.sex, used.age, used.scheme,
        'value of another source' as compared, used.source as our_source, other.source as their_source,
        used.value as our_value, other.value as their_value,
        our_newest.figures_end as our_figures_end, their_newest.figures_end as their_figures_end,
        used.is_modelled or other.is_modelled as is_modelled
    from core.observation_candidate as used
    join core.observation_candidate as other
        on
            used.indicator = other.indicator and used.area_code = other.area_code and used.period = other.period
            and used.period_length = other.period_length and used.sex = other.sex and used.age = other.age
            and used.dimension = other.dimension and used.scheme = other.scheme and used.category = other.category
            and used.source_place = 1 and other.source_place > 1
    left join newest as our_newest
        on
            used.indicator = our_newest.indicator and used.source = our_newest.source
            and used.dimension = our_newest.dimension and used.scheme = our_newest.scheme
    left join newest as their_newest
        on
            other.indicator = their_newest.indicator and other.source = their_newest.source
            and other.dimension = their_newest.dimension and other.scheme = their_newest.scheme
),

index_summary as (
    select
        ours.area_code, ours.imd_release, snapshot.is_modelled,
        -- A unitary authority is in both published files.
        'published ' || replace(theirs.tier, '_', ' ') || ' summaries' as their_source,
        ours.imd_average_score, theirs.imd_average_score as their_average_score,
        ours.share_of_lsoas_in_most_deprived_tenth, theirs.imd_share_in_most_deprived_tenth as their_share
    from core.area_deprivation as ours
    join staging.iod_area_summary as theirs
        on ours.area_code = theirs.area_code and ours.imd_release = theirs.imd_release
    join staging.snapshot as snapshot on theirs.snapshot_sha256 = snapshot.sha256
),

index_summaries as (
    select
        'index_of_multiple_deprivation' as indicator, area_code, imd_release as period, null as period_length,
        null as sex, null as age, null as scheme, 'average score' as compared, 'counted from LSOAs' as our_source,
        their_source, imd_average_score as our_value,
        their_average_score as their_value, is_modelled
    from index_summary
    union all
    select
        'index_of_multiple_deprivation' as indicator, area_code, imd_release as period, null as period_length,
        null as sex, null as age, null as scheme, 'share of LSOAs in the most deprived tenth' as compared,
        'counted from LSOAs' as our_source, their_source,
        share_of_lsoas_in_most_deprived_tenth as our_value, their_share as their_value, is_modelled
    from index_summary
),

area_slopes as (
    select
        derived.indicator, derived.area_code, derived.period, derived.period_length, derived.sex, derived.age,
        derived.scheme, 'slope index over tenths of areas' as compared, 'derived from areas' as our_source,
        published.scheme as their_source, derived.value as our_value, published.value as their_value,
        derived.is_modelled
    from slope as derived
    join slope as published
        on
            derived.indicator = published.indicator and derived.area_code = published.area_code
            and derived.period = published.period and derived.period_length = published.period_length
            and derived.sex = published.sex and derived.age = published.age
            and derived.basis = 'whole_areas_derived' and published.basis = 'whole_areas_published'
            and derived.ruler = 'average_score' and derived.index_vintage = '2019'
            and published.index_vintage = '2019' and derived.tier = published.tier
),

figures as (
    select * from slopes
    union all by name
    select * from sources
    union all by name
    select * from index_summaries
    union all by name
    select * from area_slopes
),

pair as (
    select
        figures.*,
        coalesce(own.tolerance, other.tolerance)
        * case when coalesce(own.is_share, other.is_share) then abs(figures.their_value) else 1 end as tolerance
    from figures
    join core.tolerance as other on figures.compared = other.compared and other.indicator is null
    left join core.tolerance as own on figures.compared = own.compared and figures.indicator = own.indicator
)

select
    pair.compared, pair.indicator, pair.area_code, area.area_name, area.area_type, pair.period, pair.period_length,
    pair.sex, pair.age, pair.scheme, pair.our_source, pair.their_source, pair.our_value, pair.their_value,
    pair.our_value - pair.their_value as difference, pair.tolerance,
    case
        when pair.our_value is null or pair.their_value is null then 'cannot be compared'
        when abs(pair.our_value - pair.their_value) <= pair.tolerance + 1e-9 then 'agrees'
        else 'differs'
    end as verdict,
    case
        when pair.our_value is null then 'We have no figure: a group is missing or suppressed.'
        when pair.their_value is null then 'They have no figure.'
        when pair.compared = 'slope index over tenths of areas' and pair.is_modelled
            then 'Modelled tenths do not follow from the modelled areas.'
        when pair.compared = 'slope index over tenths of areas'
            then 'Ours weighs by people and covers the areas in hand; 15% apart is allowed.'
        when pair.compared = 'slope index'
            then 'Their deciles carry more digits than ours, and populations may have been rebased in between.'
        when pair.compared = 'value of another source' then 'One may be older than a rebase of populations.'
        else 'Both are counted from the same LSOAs.'
    end as reason,
    pair.our_figures_end, pair.their_figures_end, pair.is_modelled
from pair
join core.area as area on pair.area_code = area.area_code
