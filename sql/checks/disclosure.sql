-- Disclosure: no suppressed count can be worked out of the figures shown. The sum that gives it stands in the row.
-- Nobody may overrule this. Ask the publisher to suppress a second cell of the sum, or leave its file out.
-- scope: release
select indicator, area_code, period, sex, age, dimension, scheme, category, way, equation
from disclosure.recoverable_cell
