-- A value whose bytes are still in the input does not move: if it did, our own reading of them changed.
-- If the change is meant (a mended parser), publish with --force and say so.
-- scope: release
select
    indicator, area_code, period, sex, age, dimension, scheme, category, value_before, value, source_line,
    snapshot_sha256
from core.revised_cell
where is_same_bytes and abs(value - value_before) > 1e-9 * greatest(1, abs(value_before))
