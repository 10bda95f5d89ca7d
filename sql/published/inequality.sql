-- One row per indicator, area, period, period length, sex, age, dimension, scheme, measure and transform.
-- Positive (above 1 for ratios) means worse for the disadvantaged; `sentence` says the number in plain English.
with
named as (
    select
        inequality.*, indicator.title, indicator.polarity, area.area_name, area.area_type,
        case inequality.sex
            when 'male' then 'males' when 'female' then 'females' when 'persons' then 'all people' else 'all'
        end as people,
        case
            when inequality.dimension = 'deprivation_decile' then 'tenth'
            when inequality.dimension = 'deprivation_quintile' then 'fifth'
        end as part,
        case
            when inequality.basis like 'whole_areas%' then 'local authorities'
            when inequality.basis like 'neighbourhoods%' then 'neighbourhoods'
        end as places,
        '“' || coalesce(compared.category_label, inequality.compared_category) || '”' as compared,
        '“' || coalesce(reference.category_label, inequality.reference_category) || '”' as reference,
        case when indicator.polarity = 'higher_is_better' then 'least' else 'most' end as higher_end,
        case when indicator.polarity = 'higher_is_better' then 'most' else 'least' end as lower_end
    from measures.inequality as inequality
    join core.indicator as indicator on inequality.indicator = indicator.indicator
    join core.area as area on inequality.area_code = area.area_code
    left join staging.breakdown as compared
        on
            inequality.dimension = compared.dimension and inequality.scheme = compared.scheme
            and inequality.compared_category = compared.category
    left join staging.breakdown as reference
        on
            inequality.dimension = reference.dimension and inequality.scheme = reference.scheme
            and inequality.reference_category = reference.category
),

worded as (
    select
        *,
        case when value < 0 or (unit = 'ratio' and value < 1) then lower_end else higher_end end as ahead,
        case when value < 0 or (unit = 'ratio' and value < 1) then higher_end else lower_end end as behind,
        format('{:.2f}', case when unit = 'ratio' and value < 1 then 1 / value else abs(value) end) as amount,
        case
            when value_lower is null then ' (no interval: limits are not published)'
            else format(' (95% interval {:.2f} to {:.2f})', value_lower, value_upper)
        end as span,
        format(
            '{} among {} in {}, {}{}', title, people, area_name, period,
            case when part is null then ', by ' || replace(dimension, '_', ' ') else '' end
        ) as subject
    from named
)

select
    indicator, title, area_code, area_name, area_type, period, period_length, period_start, period_end, sex, age,
    dimension, scheme, basis, measure, transform,
    value, value_lower, value_upper, unit, polarity, confidence, interval_method, group_count, groups_expected,
    weighting, population_reference, compared_category, reference_category, fitted_most, fitted_least,
    mean_of_groups, published_total, series_break, break_reason, note_code, grade, grade_reason,
    is_modelled, method_version,
    case
        when value is null then format('{}: not calculated ({}).', subject, replace(note_code, '_', ' '))
        when part is null and unit = 'ratio' then format(
            '{}: {} times as high for {} as for {}{}.', subject, amount,
            case when ahead = 'most' then compared else reference end,
            case when ahead = 'most' then reference else compared end, span
        )
        when part is null then format(
            '{}: {} {} higher for {} than for {}{}.', subject, amount, unit,
            case when ahead = 'most' then compared else reference end,
            case when ahead = 'most' then reference else compared end, span
        )
        when measure = 'slope_index' then format(
            '{}: {} {} higher at the {} deprived end of the line through all {} than at the {} deprived end{}.',
            subject, amount, unit, ahead, places, behind, span
        )
        when measure = 'relative_index' then format(
            '{}: {} times as high at the {} deprived end of the line through all {} as at the {} deprived end{}.',
            subject, amount, ahead, places, behind, span
        )
        when measure = 'absolute_gap' then format(
            '{}: {} {} higher in the {} deprived {} of {} than in the {} deprived {}{}.',
            subject, amount, unit, ahead, part, places, behind, part, span
        )
        else format(
            '{}: {} times as high in the {} deprived {} of {} as in the {} deprived {}{}.',
            subject, amount, ahead, part, places, behind, part, span
        )
    end || case when is_modelled then ' Modelled data, not real.' else '' end as sentence
from worded
