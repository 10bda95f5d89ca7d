-- One row per measure, group, area and pair of periods that share no day: is the gap closing?
-- Neighbours, counted back from the newest period, and the first to the last. `change_between(earlier, later)` has any
-- two. The verdicts are `narrowing`, `widening`, `no clear change`, or `cannot_be_tested` with the reason; across a
-- break of the series one stands, with a `caution`, where the break could not account for it.
select
    indicator, title, area_code, area_name, area_type, period_length, sex, age, dimension, scheme, basis, groups_from,
    measure, relative_measure, period_from, period_to, period_from_start, period_to_end,
    is_latest, is_consecutive, is_first_to_last,
    value_from, value_to, difference, difference_lower, difference_upper,
    difference_lower_with_break, difference_upper_with_break, unit, polarity,
    verdict_absolute, probability_narrowing_absolute,
    relative_from, relative_to, relative_change, relative_change_lower, relative_change_upper,
    relative_change_lower_with_break, relative_change_upper_with_break,
    verdict_relative, probability_narrowing_relative,
    confidence, grade, series_break, break_reason, break_shift, caution, note_code, is_modelled,
    sentence
from core.inequality_change
where is_consecutive or is_first_to_last
