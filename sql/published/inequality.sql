-- One row per indicator, area, period, period length, sex, age, dimension, scheme, measure and transform.
-- Positive (above 1 for ratios) means worse for the disadvantaged; `sentence` says the number in plain English:
-- its direction first, and none where the interval leaves both open. docs/sentences.md has one of each kind.
with
named as (
    select
        inequality.*, subject.title, subject.polarity, subject.area_name, subject.area_type,
        subject.part, subject.places, subject.ranked_by,
        measure.words as measure_words, measure.family,
        headline.value as headline,
        format('{} in {}, {}', subject.topic, subject.area_name, inequality.period) as subject, subject.grouped_by,
        replace(inequality.dimension, '_', ' ') as dimension_words,
        coalesce(compared.category_label, inequality.compared_category) as compared,
        coalesce(reference.category_label, inequality.reference_category) as reference,
        case
            when inequality.unit <> 'unit squared' then inequality.unit
            when subject.unit_of_indicator = '%' then 'percentage points squared'
            else subject.unit_of_indicator || ' squared'
        end as shown_unit,
        case
            when subject.unit_of_indicator = '%' then '%' else ' ' || subject.unit_of_indicator
        end as unit_of_level,
        case when inequality.unit = 'ratio' then 1 else 0 end as no_difference,
        subject.polarity = 'higher_is_better' as is_favourable,
        coalesce(inequality.areas_missing > 0, false) as has_gaps
    from measures.inequality as inequality
    join staging.measure as measure on inequality.measure = measure.measure
    join core.subject as subject
        on
            inequality.indicator = subject.indicator and inequality.area_code = subject.area_code
            and inequality.sex = subject.sex and inequality.age = subject.age
            and inequality.dimension = subject.dimension and inequality.scheme = subject.scheme
            and inequality.basis is not distinct from subject.basis
    left join measures.inequality as headline
        on
            inequality.transform <> 'none' and headline.transform = 'none'
            and inequality.indicator = headline.indicator and inequality.area_code = headline.area_code
            and inequality.period = headline.period and inequality.period_length = headline.period_length
            and inequality.sex = headline.sex and inequality.age = headline.age
            and inequality.dimension = headline.dimension and inequality.scheme = headline.scheme
            and inequality.measure = headline.measure
    left join staging.breakdown as compared
        on
            inequality.dimension = compared.dimension and inequality.scheme = compared.scheme
            and inequality.compared_category = compared.category
    left join staging.breakdown as reference
        on
            inequality.dimension = reference.dimension and inequality.scheme = reference.scheme
            and inequality.reference_category = reference.category
),

found as (
    -- What the interval leaves open decides what may be said.
    select
        *,
        case
            when value is null then 'none'
            when p_of_equality >= 0.05 or note_code = 'reference_not_better' or value = no_difference then 'level'
            when value_lower <= no_difference and coalesce(value_upper >= no_difference, true) then 'unclear'
            when value < no_difference then 'reversed'
            else 'clear'
        end as finding
    from named
),

turned as (
    -- A reversed difference and its limits are said the other way round.
    select
        *,
        case
            when finding <> 'reversed' then value
            when unit = 'ratio' then 1 / value
            else -value
        end as said,
        case
            when finding <> 'reversed' then value_lower
            when unit = 'ratio' then 1 / value_upper
            else -value_upper
        end as said_lower,
        case
            when finding <> 'reversed' then value_upper
            when unit = 'ratio' then 1 / nullif(greatest(value_lower, 0), 0)
            else -value_lower
        end as said_upper,
        -- The end where the figure is higher: of an unclear difference, where it is if the disadvantaged are worse off.
        is_favourable = (finding = 'reversed') as ahead_is_most
    from found
),

weighed as (
    select *, case when finding in ('clear', 'reversed') then said_lower end as least_said
    from turned
),

rounded as (
    -- One decimal, and more where one would hide the number or which side of no difference a limit lies on.
    select
        *,
        case
            when family = 'concentration' and unit = 'between -1 and 1' then 3
            when unit = 'ratio' and (
                (abs(value - 1) < 0.25 and finding <> 'unclear') or abs(least_said - 1) < 0.005
            ) then 3
            when unit = 'ratio' then 2
            when finding = 'unclear' and abs(said) >= 0.05 then 1
            when abs(said) < 0.05 or least_said < 0.005 then 3
            when abs(said) < 1 or least_said < 0.05 then 2
            else 1
        end as digits,
        case when abs(100 * said) < 1 or 100 * least_said < 0.05 then 2 else 1 end as digits_of_share
    from weighed
),

clauses as (
    select
        *,
        case when ahead_is_most then 'most' else 'least' end as ahead,
        case when ahead_is_most then 'least' else 'most' end as behind,
        '“' || case when ahead_is_most then compared else reference end || '”' as ahead_group,
        '“' || case when ahead_is_most then reference else compared end || '”' as behind_group,
        case when is_favourable then 'higher' else 'lower' end as better,
        case when is_favourable then 'lower' else 'higher' end as worse,
        format('{:.{}f}', said, digits) as amount,
        case when limits_are_rough then 'rough 95% interval' else '95% interval' end as interval_words,
        case
            when p_of_equality < 0.001 then ' (p < 0.001)'
            when p_of_equality < 0.01 then format(' (p = {:.3f})', p_of_equality)
            when p_of_equality > 0.995 then ' (p > 0.99)'
            else coalesce(format(' (p = {:.2f})', p_of_equality), '')
        end as chance,
        -- What a line runs through, or tenths of areas are made from; `all` only where nothing is missing.
        case
            when part is null then 'all groups'
            when has_gaps then format(
                '{} of {} {} {}, with {} of people', areas_expected - areas_missing, areas_expected, places, ranked_by,
                case
                    when people_covered >= 0.995 then 'over 99%'
                    else format('{:.0f}%', floor(100 * people_covered))
                end
            )
            when areas_expected is not null then format('all {} {} {}', areas_expected, places, ranked_by)
            when ranked_by is not null then format('the publisher''s {}s of {} {}', part, places, ranked_by)
            else 'all ' || places
        end as ruler,
        coalesce('the ' || part || 's of ' || places, 'the groups') as groups,
        case when part is null then 'by ' || dimension_words else format('between {}s of {}', part, places) end
            as between_groups,
        coalesce(format('the least deprived {}', part), format('“{}”', reference)) as best_group,
        case
            when is_largest_pair then format(
                '; the widest of {} pairs; the interval does not allow for that choice',
                groups_with_value * (groups_with_value - 1) // 2
            )
            else ''
        end as chosen
    from rounded
),

bounded as (
    select
        *,
        case
            when value_lower is null then ' (no interval)'
            when said_upper is null
                then format(' ({} from {:.{}f}, without an upper end)', interval_words, said_lower, digits)
            when unit = 'events' then format(' ({} {:,.0f} to {:,.0f})', interval_words, said_lower, said_upper)
            when unit = 'fraction of the total' then format(
                ' ({} {:.{}f}% to {:.{}f}%)',
                interval_words, 100 * said_lower, digits_of_share, 100 * said_upper, digits_of_share
            )
            else format(' ({} {:.{}f} to {:.{}f})', interval_words, said_lower, digits, said_upper, digits)
        end as span,
        -- How far an unclear difference may go either way, without saying which; `rough` as its interval is.
        case when limits_are_rough then 'roughly anywhere' else 'anywhere' end as anywhere,
        case
            when unit = 'fraction of the total' then format('{:.{}f}%', 100 * abs(value), digits_of_share)
            when unit = 'events' then format('{:,.0f} events', abs(value))
            else format('{:.{}f} {}', abs(value), digits, unit)
        end as size,
        case
            when unit = 'fraction of the total' then format('{:.1f}%', abs(100 * value_lower))
            when unit = 'events' then format('{:,.0f}', abs(value_lower))
            else format('{:.{}f}', abs(value_lower), case when abs(value_lower) >= 9.95 then 0 else digits end)
        end as size_lower,
        case
            when unit = 'fraction of the total' then format('{:.1f}%', abs(100 * value_upper))
            when unit = 'events' then format('{:,.0f}', abs(value_upper))
            else format('{:.{}f}', abs(value_upper), case when abs(value_upper) >= 9.95 then 0 else digits end)
        end as size_upper,
        format('{:.{}f}', value, digits) as ratio,
        case when shown_unit like '\%%' escape '\' then amount else amount || ' ' end || shown_unit as spread_amount,
        case family when 'from_mean' then 'mean distance from the overall figure' else measure_words end
            as spread_words,
        family in (
            'variance', 'entropy', 'disparity', 'from_mean', 'from_best', 'from_reference'
        ) as is_spread,
        coalesce(
            format('from {:.{}f} to {:.{}f} times as high', value_lower, digits, value_upper, digits),
            format('from {:.{}f} times as high upwards', value_lower, digits)
        ) as ratio_range,
        -- Where the figure is ahead, and what it is ahead of.
        case
            when family = 'line' and part is null then format('at the {} end', ahead_group)
            when family = 'line' then format('at the {} deprived end', ahead)
            when part is null then 'for ' || ahead_group
            else format('in the {} deprived {} of {}', ahead, part, places)
        end as place_ahead,
        case
            when family = 'line' and part is null then format('at the {} end', behind_group)
            when family = 'line' then format('at the {} deprived', behind)
            when part is null then 'for ' || behind_group
            else format('in the {} deprived', behind)
        end as place_behind,
        case
            when family = 'line' and part is null
                then format('between the {} and the {} end', ahead_group, behind_group)
            when family = 'line' then format('between the {} and the {} deprived end', ahead, behind)
            when part is null then format('between {} and {}', ahead_group, behind_group)
            else format('between the {} and the {} deprived {} of {}', ahead, behind, part, places)
        end as two_places,
        -- Tenths of areas say which areas; neighbourhoods, and groups of people, need no words.
        case
            when family = 'line' then '; line through ' || ruler
            when ranked_by is not null then '; from ' || ruler
            when part is null and not (family = 'gap' and not is_largest_pair) and groups_with_value < groups_expected
                then format('; from {} of {} groups', groups_with_value, groups_expected)
            else ''
        end as made_from,
        format('if {} matched {}', case when has_gaps then 'the rest' else 'all' end, best_group) as if_matched
    from clauses
)

select
    indicator, title, area_code, area_name, area_type, period, period_length, period_start, period_end,
    period_end = max(period_end) over (
        partition by indicator, area_code, period_length, sex, age, dimension, scheme, basis, measure, transform
    ) as is_latest,
    sex, age,
    dimension, scheme, basis, groups_from, measure, transform,
    value, value_lower, value_upper, value_uncorrected, p_of_equality,
    odds_ratio, odds_ratio_lower, odds_ratio_upper, unit, polarity, confidence, interval_method, limits_are_rough,
    group_count, groups_expected,
    areas_expected, areas_missing, missing_areas, people_covered,
    weighting, population_reference, compared_category, reference_category, fitted_most, fitted_least,
    mean_of_groups, slope_index_smallest, slope_index_largest, published_total, series_break, break_reason,
    note_code, precision, grade, grade_reason, is_modelled, method_version,
    subject
    || case
        when finding in ('level', 'unclear') and is_spread then ''
        else grouped_by
    end
    || case
        when finding = 'none' then format(
            ': {} not calculated, as {}', measure_words,
            case note_code
                when 'groups_missing' then 'a group is missing'
                when 'group_suppressed' then 'the figure of a group is suppressed'
                when 'missing_value' then 'a group has no figure'
                when 'no_population_weights' then 'nobody says how many people the groups have'
                when 'no_total' then 'there is no overall figure'
                when 'relative_index_undefined' then 'one end of the line is not above 0'
                when 'relative_gap_undefined' then 'the figure of an end group is not above 0'
                when 'mean_not_positive' then 'the overall figure is not above 0'
                when 'value_not_positive' then 'the figure of a group is not above 0'
                else replace(note_code, '_', ' ')
            end
        )
        when transform <> 'none' then format(
            ', {}. Check by a curved fit: {:.{}f}{}{}{}', measure_words, value, digits,
            case when unit = 'ratio' then '' else ' ' || unit end,
            case
                when value_lower is null then ' (no interval)'
                else format(' ({} {:.{}f} to {:.{}f})', interval_words, value_lower, digits, value_upper, digits)
            end,
            coalesce(format('; the headline is {:.{}f}', headline, digits), '')
        )
        when family in ('line', 'gap') then format(
            ': {}{}{}',
            case
                when finding = 'level' then format('no difference {}{}', two_places, span)
                when finding = 'unclear' and unit = 'ratio' then format(
                    'no clear difference {}: a ratio of {}, {} {} {}',
                    two_places, ratio, anywhere, ratio_range, place_ahead
                )
                when finding = 'unclear' then format(
                    'no clear difference {}: {}, {} from {} lower to {} higher {}',
                    two_places, size, anywhere, size_lower, size_upper, place_ahead
                )
                when unit = 'ratio'
                    then format('higher {} than {}, {} times as high{}', place_ahead, place_behind, amount, span)
                else format('higher {} than {}, by {} {}{}', place_ahead, place_behind, amount, unit, span)
            end,
            chosen, made_from
        )
        when family = 'attributable' then format(
            ': {}; arithmetic, not a forecast{}',
            case
                when finding = 'level'
                    then format('nothing to gain {}, which does no better than the whole', if_matched)
                when finding = 'unclear' then format(
                    'no clear gain {}: {}, {} from {} {} to {} {}',
                    if_matched, size, anywhere, size_lower, worse, size_upper, better
                )
                when unit = 'events' then format(
                    '{:,.0f} {} events{}, {}', said,
                    case when is_favourable = (finding = 'clear') then 'more' else 'fewer' end, span, if_matched
                )
                when unit = 'fraction of the total' then format(
                    '{} by {:.{}f}% of the overall figure{}, {}',
                    case when finding = 'clear' then better else worse end,
                    100 * said, digits_of_share, span, if_matched
                )
                else format(
                    '{} overall by {} {}{}{}, {}',
                    case when finding = 'clear' then better else worse end, amount, unit, span,
                    coalesce(
                        format(
                            ': {:.1f}{} instead of {:.1f}{}',
                            mean_of_groups + case when is_favourable then value else -value end, unit_of_level,
                            mean_of_groups, unit_of_level
                        ),
                        ''
                    ),
                    if_matched
                )
            end,
            made_from
        )
        when family = 'concentration' then format(
            ': {} {:.{}f} {}{}: {}{}', measure_words, value, digits,
            case when unit = 'between -1 and 1' then 'on a scale from -1 to 1' else unit end,
            case
                when value_lower is null then ' (no interval)'
                else format(' ({} {:.{}f} to {:.{}f})', interval_words, value_lower, digits, value_upper, digits)
            end,
            case
                when finding in ('level', 'unclear') then 'no clear concentration at either end'
                when part is null then format('concentrated towards the {} end', ahead_group)
                else format('concentrated among the {} deprived', case when ahead_is_most then 'more' else 'less' end)
            end,
            made_from
        )
        when finding = 'level' then format(
            ': no clear difference {}{}; {} {}{}, no more than chance would give{}',
            between_groups, chance, spread_words, spread_amount, span, made_from
        )
        when finding = 'unclear' then format(
            ': the difference {} is more than chance alone would give{}, but how much more is unclear; {} {}{}{}',
            between_groups, chance, spread_words, spread_amount, span, made_from
        )
        when family = 'from_mean' then format(
            ': on average {} lie {} {} from the overall figure{}{}', groups, amount, unit, span, made_from
        )
        when family = 'disparity' then format(
            ': on average {} lie {}% away from the overall figure{}; {}{}',
            groups, amount, span, measure_words, made_from
        )
        else format(
            ': {} {}{}, where 0 is no difference {}{}',
            spread_words, spread_amount, span, between_groups, made_from
        )
    end
    || '.'
    || case
        when groups_from = 'computed_from_deaths' then ' Computed from deaths; the edition of the index is not stated.'
        else ''
    end
    || case when is_modelled then ' Modelled data, not real.' else '' end as sentence
from bounded
