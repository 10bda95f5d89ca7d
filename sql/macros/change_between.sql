-- One row per series of measures that has both periods, which must share no day: is the gap closing, in absolute and in
-- relative terms? `published.inequality_change` has neighbours, and first to last; this has any two.
-- arguments: earlier, later
-- gives: a table
-- try: change_between('2015/16', '2021/22')
select *
from core.inequality_change
where period_from = earlier and period_to = later
