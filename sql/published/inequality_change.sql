-- One row per measure, group, area and pair of periods that share no day: is the gap closing?
-- Two verdicts, absolute and relative, and a sentence naming both: `narrowing`, `widening`, `no clear change`, or
-- `cannot_be_tested` with the reason. A relative change is the later ratio divided by the earlier one.
with
named as (
    select
        change.*, subject.title, subject.polarity, subject.area_name, subject.area_type,
        subject.topic, subject.grouped_by, subject.ranked_by, coalesce(subject.places, 'groups') as places,
        subject.part || 's' as parts,
        case change.verdict_absolute
            when 'narrowing' then 'narrowed' when 'widening' then 'widened'
            when 'no clear change' then 'did not clearly change'
        end as said_absolute,
        case change.verdict_relative
            when 'narrowing' then 'narrowed' when 'widening' then 'widened'
            when 'no clear change' then 'did not clearly change'
        end as said_relative
    from measures.inequality_change as change
    join core.subject as subject
        on
            change.indicator = subject.indicator and change.area_code = subject.area_code
            and change.sex = subject.sex and change.age = subject.age
            and change.dimension = subject.dimension and change.scheme = subject.scheme
            and change.basis is not distinct from subject.basis
),

worded as (
    select
        *,
        case
            when measure = 'slope_index' then format('gap between {} (slope index)', places)
            when parts is null then 'gap between the two groups'
            else format('gap between the end {} of {}', parts, places)
        end as thing,
        case
            when said_absolute is null then format('went from {:.2f} to {:.2f} {}', value_from, value_to, unit)
            else format(
                '{} in absolute terms ({:.2f} to {:.2f} {}; difference {:+.2f}, 95% interval {:+.2f} to {:+.2f})',
                said_absolute, value_from, value_to, unit,
                -- Adding 0 makes a rounded -0.00 a +0.00.
                round(difference, 2) + 0, round(difference_lower, 2) + 0, round(difference_upper, 2) + 0
            )
        end as absolute_words,
        case
            when relative_from is null or relative_to is null then '; no ratio can be given'
            when said_relative is null
                then case when said_absolute is null then ' and its ratio from ' else '; its ratio from ' end || ratios
            else format(
                '; in relative terms it {} (ratio {}; probability of narrowing {})', said_relative, ratios,
                case
                    when probability_narrowing_relative > 0.995 then 'over 99%'
                    when probability_narrowing_relative < 0.005 then 'under 1%'
                    else format('{:.0f}%', 100 * probability_narrowing_relative)
                end
            )
        end as relative_words,
        case
            when series_break then format(' The series breaks in between ({}), so no change is judged.', break_reason)
            when verdict_absolute = 'cannot_be_tested'
                then format(' No verdict: {}.', coalesce(replace(note_code, '_', ' '), 'limits are not published'))
            else ''
        end
        || case when note_code = 'direction_reversed' then ' The ends have changed places.' else '' end as reservation
    from (
        select
            *,
            case
                when least(relative_from, relative_to) > 0.75 and greatest(relative_from, relative_to) < 1.25
                    then format('{:.3f} to {:.3f}', relative_from, relative_to)
                else format('{:.2f} to {:.2f}', relative_from, relative_to)
            end as ratios
        from named
    ) as named
)

select
    indicator, title, area_code, area_name, area_type, period_length, sex, age, dimension, scheme, basis, groups_from,
    measure, relative_measure, period_from, period_to, period_from_start, period_to_end, is_first_to_last,
    value_from, value_to, difference, difference_lower, difference_upper, unit, polarity,
    verdict_absolute, probability_narrowing_absolute,
    relative_from, relative_to, relative_change, relative_change_lower, relative_change_upper,
    verdict_relative, probability_narrowing_relative,
    confidence, grade, series_break, break_reason, note_code, is_modelled,
    format(
        '{} in {}{}, {} to {}: the {} {}{}.{}{}', topic, area_name, coalesce(', areas ' || ranked_by, grouped_by),
        period_from, period_to, thing, absolute_words, relative_words, reservation,
        case when is_modelled then ' Modelled data, not real.' else '' end
    ) as sentence
from worded
