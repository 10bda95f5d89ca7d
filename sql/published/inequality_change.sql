-- One row per measure, group, area and pair of periods that share no day: is the gap closing?
-- Neighbours, counted back from the newest period, and the first to the last. `change_between(earlier, later)` has any
-- two. The verdicts are `narrowing`, `widening`, `no clear change`, or `cannot_be_tested` with the reason; across a
-- break of the series one stands, with a `caution`, where the break could not account for it.
select *
from core.inequality_change
where is_consecutive or is_first_to_last
