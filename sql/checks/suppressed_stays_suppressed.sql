-- A suppressed cell stays suppressed: it shows no value while its bytes are the same, and never turns into nought.
-- scope: delivery
select
    indicator, area_code, period, sex, age, dimension, scheme, category, note_code_before, value, is_same_bytes,
    source_line
from core.revised_cell
where note_code_before like 'suppressed%' and value is not null and (is_same_bytes or value <= 0)
