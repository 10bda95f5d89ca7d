-- One row per measure, group, area and any two periods that share no day: is the gap closing?
-- Two verdicts, absolute and relative, and a sentence naming both: `narrowing`, `widening`, `no clear change`, or
-- `cannot_be_tested` with the reason. A relative change is the later ratio divided by the earlier one. Across a break
-- of the series a verdict stands, with a `caution`, where the break could not account for it.
with
named as (
    select
        change.*, subject.title, subject.polarity, subject.area_name, subject.area_type,
        format(
            '{} in {}{}, {} to {}', subject.topic, subject.area_name, subject.grouped_by,
            change.period_from, change.period_to
        ) as subject,
        concat_ws(' ', coalesce(subject.places, 'groups'), subject.ranked_by) as places,
        subject.part || 's' as parts,
        change.groups_from = 'published_slope' as is_published,
        -- A gap that is the other way round in both periods narrows when its number rises.
        case when change.value_from < 0 and change.value_to < 0 then -1 else 1 end as towards,
        sign(change.value_from) * sign(change.value_to) < 0 as is_turned,
        case when abs(change.value_to - change.value_from) < 1 then 2 else 1 end as digits,
        case
            when
                least(change.relative_from, change.relative_to) > 0.75
                and greatest(change.relative_from, change.relative_to) < 1.25
                then 3
            else 2
        end as digits_of_ratio
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
            when is_published then ''
            when measure = 'slope_index' then format('the gap (slope index) between {} ', places)
            when parts is null then 'the gap between the two groups '
            else format('the gap between the end {} of {} ', parts, places)
        end as thing,
        format('from {:.{}f} to {:.{}f}', value_from, digits, value_to, digits) as levels,
        format('{:.{}f} {}', abs(difference), digits, unit) as size,
        format(
            '{:.{}f} to {:.{}f}', least(abs(difference_lower), abs(difference_upper)), digits,
            greatest(abs(difference_lower), abs(difference_upper)), digits
        ) as limits,
        format(
            -- Adding 0 makes a rounded -0.00 a +0.00.
            '{:+.{}f}, 95% interval {:+.{}f} to {:+.{}f}',
            round(difference, digits) + 0, digits, round(difference_lower, digits) + 0, digits,
            round(difference_upper, digits) + 0, digits
        ) as signed_limits,
        format(
            'anywhere from {:.{}f} narrower to {:.{}f} wider',
            abs(case when towards > 0 then difference_lower else difference_upper end), digits,
            abs(case when towards > 0 then difference_upper else difference_lower end), digits
        ) as range,
        format(
            'from {:.{}f} to {:.{}f} times as high',
            relative_from, digits_of_ratio, relative_to, digits_of_ratio
        ) as ratios,
        case
            when probability_narrowing_relative > 0.995 then 'over 99%'
            when probability_narrowing_relative < 0.005 then 'under 1%'
            else format('{:.0f}%', 100 * probability_narrowing_relative)
        end as probability,
        format('{:.{}f} {}', break_shift, case when break_shift < 1 then 2 else 1 end, unit) as shift
    from named
),

said as (
    select
        *,
        case
            when verdict_absolute = 'cannot_be_tested' then format('went {} {}', levels, unit)
            when is_turned and verdict_absolute = 'no clear change'
                then format('did not clearly change: {} {} (difference {})', levels, unit, signed_limits)
            when is_turned
                then format(
                    '{}: {} {} (difference {})',
                    case verdict_absolute when 'narrowing' then 'narrowed' else 'widened' end,
                    levels, unit, signed_limits
                )
            when verdict_absolute = 'no clear change'
                then format('did not clearly change: {} {}, {}', levels, unit, range)
            else format(
                '{} by {} (95% interval {}), {}',
                case verdict_absolute when 'narrowing' then 'narrowed' else 'widened' end, size, limits, levels
            )
        end as absolute_words,
        case
            when is_published then ''
            when ratios is null then '; no ratio can be given'
            when verdict_relative = 'cannot_be_tested' and verdict_absolute = 'cannot_be_tested' then ', and ' || ratios
            when verdict_relative = 'cannot_be_tested' then '; the ratio went ' || ratios
            else format(
                '; in relative terms {}, {} (probability of narrowing {})',
                case verdict_relative
                    when 'narrowing' then 'it narrowed'
                    when 'widening' then 'it widened'
                    else 'no clear change'
                end,
                ratios, probability
            )
        end as relative_words,
        case
            when not series_break then ''
            when verdict_absolute = 'cannot_be_tested' and note_code = 'series_break' then format(
                ' No verdict: the series breaks in between ({}), {}.', break_reason,
                coalesce(
                    format('which could account for it (up to {})', shift), 'and by how much is not known'
                )
            )
            when verdict_absolute <> 'cannot_be_tested' then format(
                ' With caution: the series breaks in between ({}), which could account for up to {}.{}',
                break_reason, shift,
                case
                    when verdict_relative = 'cannot_be_tested' and note_code is not distinct from 'series_break'
                        then ' It could account for the whole change of the ratio.'
                    else ''
                end
            )
            else format(' The series breaks in between ({}).', break_reason)
        end
        || case
            when verdict_absolute <> 'cannot_be_tested' or note_code = 'series_break' then ''
            when note_code = 'no_published_limits' then ' No verdict: the publisher gives no limits.'
            else format(' No verdict: {}.', replace(note_code, '_', ' '))
        end
        || case when contains(caution, 'rough_limits') then ' With caution: the limits are rough.' else '' end
        || case when is_turned then ' The ends have changed places.' else '' end as reservation
    from worded
)

select
    indicator, title, area_code, area_name, area_type, period_length, sex, age, dimension, scheme, basis, groups_from,
    measure, relative_measure, period_from, period_to, period_from_start, period_to_end,
    period_to_end = max(period_to_end) over (
        partition by indicator, area_code, period_length, sex, age, dimension, scheme, basis, measure
    ) as is_latest,
    is_consecutive, is_first_to_last,
    value_from, value_to, difference, difference_lower, difference_upper,
    difference_lower_with_break, difference_upper_with_break, unit, polarity,
    verdict_absolute, probability_narrowing_absolute,
    relative_from, relative_to, relative_change, relative_change_lower, relative_change_upper,
    relative_change_lower_with_break, relative_change_upper_with_break,
    verdict_relative, probability_narrowing_relative,
    confidence, grade, series_break, break_reason, break_shift, caution, note_code, is_modelled,
    format(
        '{}: {}{}{}.{}{}', subject, thing, absolute_words, relative_words, reservation,
        case when is_modelled then ' Modelled data, not real.' else '' end
    ) as sentence
from said
