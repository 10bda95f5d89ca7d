-- One row per indicator, area, period, period length, sex, age, dimension, scheme, measure and transform.
-- Positive (above 1 for ratios) means worse for the disadvantaged; `sentence` says the number in plain English.
with
named as (
    select
        inequality.*, subject.title, subject.polarity, subject.area_name, subject.area_type,
        subject.among, subject.part, subject.places, subject.grouped_by,
        measure.words as measure_words, measure.family,
        coalesce(compared.category_label, inequality.compared_category) as compared,
        coalesce(reference.category_label, inequality.reference_category) as reference,
        case
            when (subject.polarity = 'higher_is_better') = (inequality.value >= 0) then 'higher' else 'lower'
        end as moved,
        case
            when inequality.unit <> 'unit squared' then inequality.unit
            when subject.unit_of_indicator = '%' then 'percentage points squared'
            else subject.unit_of_indicator || ' squared'
        end as shown_unit,
        measure.family = 'concentration' as is_index,
        inequality.value < 0 or (inequality.unit = 'ratio' and inequality.value < 1) as is_reversed,
        case when subject.polarity = 'higher_is_better' then 'least' else 'most' end as higher_end,
        case when subject.polarity = 'higher_is_better' then 'most' else 'least' end as lower_end
    from measures.inequality as inequality
    join staging.measure as measure on inequality.measure = measure.measure
    join core.subject as subject
        on
            inequality.indicator = subject.indicator and inequality.area_code = subject.area_code
            and inequality.sex = subject.sex and inequality.age = subject.age
            and inequality.dimension = subject.dimension and inequality.scheme = subject.scheme
            and inequality.basis is not distinct from subject.basis
    left join staging.breakdown as compared
        on
            inequality.dimension = compared.dimension and inequality.scheme = compared.scheme
            and inequality.compared_category = compared.category
    left join staging.breakdown as reference
        on
            inequality.dimension = reference.dimension and inequality.scheme = reference.scheme
            and inequality.reference_category = reference.category
),

signed as (
    -- What the sentence says: a reversed difference and its limits are said the other way round.
    select
        *,
        case
            when not is_reversed or is_index then value
            when unit = 'ratio' then 1 / value
            else -value
        end as said,
        case
            when not is_reversed or is_index then value_lower
            when unit = 'ratio' then 1 / value_upper
            else -value_upper
        end as said_lower,
        case
            when not is_reversed or is_index then value_upper
            when unit = 'ratio' then 1 / nullif(greatest(value_lower, 0), 0)
            else -value_lower
        end as said_upper,
        case
            when is_index or (unit = 'ratio' and abs(value - 1) < 0.25) then 3
            else 2
        end as digits
    from named
),

worded as (
    select
        *,
        case when is_reversed then lower_end else higher_end end as ahead,
        case when is_reversed then higher_end else lower_end end as behind,
        format('{:.{}f}', said, digits) as amount,
        case
            when said_lower is null then ' (no interval)'
            when said_upper is null
                then format(' (95% interval from {:.{}f}, without an upper end)', said_lower, digits)
            when unit = 'events' then format(' (95% interval {:,.0f} to {:,.0f})', said_lower, said_upper)
            when unit = 'fraction of the total'
                then format(' (95% interval {:.1f}% to {:.1f}%)', 100 * said_lower, 100 * said_upper)
            else format(' (95% interval {:.{}f} to {:.{}f})', said_lower, digits, said_upper, digits)
        end as span,
        case
            when is_largest_pair then format(' (the largest of {} groups'' differences)', group_count)
            else ''
        end as chosen,
        case
            when transform = 'none' then '' else format(' Fitted on the {} scale.', transform)
        end as fitted,
        case
            when areas_missing > 0 then format(' {} of {} areas are missing.', areas_missing, areas_expected) else ''
        end as missing,
        case
            when groups_from = 'computed_from_deaths'
                then ' Computed from deaths; the edition of the index is not stated.'
            else ''
        end as origin,
        case when part is null then 'group' else part || ' of ' || places end as group_word,
        format('{}{} in {}, {}{}', title, among, area_name, period, grouped_by) as subject
    from signed
)

select
    indicator, title, area_code, area_name, area_type, period, period_length, period_start, period_end, sex, age,
    dimension, scheme, basis, groups_from, measure, transform,
    value, value_lower, value_upper, value_uncorrected, p_of_equality,
    odds_ratio, odds_ratio_lower, odds_ratio_upper, unit, polarity, confidence, interval_method,
    group_count, groups_expected,
    areas_expected, areas_missing, missing_areas, people_covered,
    weighting, population_reference, compared_category, reference_category, fitted_most, fitted_least,
    mean_of_groups, slope_index_smallest, slope_index_largest, published_total, series_break, break_reason,
    note_code, precision, grade, grade_reason, is_modelled, method_version,
    case
        when value is null then format('{}: not calculated ({}).', subject, replace(note_code, '_', ' '))
        when measure = 'slope_index' and part is not null then format(
            '{}: {} {} higher at the {} deprived end of the line through all {} than at the {} deprived end{}.',
            subject, amount, unit, ahead, places, behind, span
        )
        when measure = 'relative_index' and part is not null then format(
            '{}: {} times as high at the {} deprived end of the line through all {} as at the {} deprived end{}.',
            subject, amount, ahead, places, behind, span
        )
        when measure = 'slope_index' then format(
            '{}: {} {} higher at the “{}” end of the line through all groups than at the other end{}.',
            subject, amount, unit, case when ahead = 'most' then compared else reference end, span
        )
        when measure = 'relative_index' then format(
            '{}: {} times as high at the “{}” end of the line through all groups as at the other end{}.',
            subject, amount, case when ahead = 'most' then compared else reference end, span
        )
        when measure = 'absolute_gap' and part is not null then format(
            '{}: {} {} higher in the {} deprived {} of {} than in the {} deprived {}{}.',
            subject, amount, unit, ahead, part, places, behind, part, span
        )
        when measure = 'relative_gap' and part is not null then format(
            '{}: {} times as high in the {} deprived {} of {} as in the {} deprived {}{}.',
            subject, amount, ahead, part, places, behind, part, span
        )
        when measure = 'absolute_gap' then format(
            '{}: {} {} higher for “{}” than for “{}”{}{}.',
            subject, amount, unit, case when ahead = 'most' then compared else reference end,
            case when ahead = 'most' then reference else compared end, span, chosen
        )
        when measure = 'relative_gap' then format(
            '{}: {} times as high for “{}” as for “{}”{}{}.',
            subject, amount, case when ahead = 'most' then compared else reference end,
            case when ahead = 'most' then reference else compared end, span, chosen
        )
        when measure = 'population_attributable_risk' then format(
            '{}: the average would be {} {} {} if every {} had the level of the least deprived{}.',
            subject, amount, unit, moved, group_word, span
        )
        when measure = 'population_attributable_fraction' then format(
            '{}: the average would be {:.1f}% {} if every {} had the level of the least deprived{}.',
            subject, 100 * said, moved, group_word, span
        )
        when measure = 'excess_events' then format(
            '{}: there would be {:,.0f} {} events if every {} had the level of the least deprived{}.',
            subject, said, case when moved = 'lower' then 'fewer' else 'more' end, group_word, span
        )
        when is_index then format(
            '{}: {} {} ({}){}; above 0 is {} for the more deprived, 0 is no gradient.',
            subject, measure_words, amount, unit, span, case when polarity = 'neutral' then 'higher' else 'worse' end
        )
        when note_code = 'no_more_than_chance' then format(
            '{}: the groups differ no more than chance would give; {} {} ({}){}.',
            subject, measure_words, amount, shown_unit, span
        )
        when family = 'from_mean' then format(
            '{}: the groups lie {} {} from the whole on average{}.', subject, amount, unit, span
        )
        else format(
            '{}: {} {} ({}){}; 0 is no difference between the groups.',
            subject, measure_words, amount, shown_unit, span
        )
    end || fitted || missing || origin || case when is_modelled then ' Modelled data, not real.' else '' end as sentence
from worded
