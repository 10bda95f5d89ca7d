-- Warning: no cell that was suppressed in the previous release is shown now, though its publisher sent new bytes.
-- scope: release
select indicator, area_code, period, sex, age, dimension, scheme, category, note_code_before, value, source_line
from core.revised_cell
where note_code_before like 'suppressed%' and value is not null and not is_same_bytes
