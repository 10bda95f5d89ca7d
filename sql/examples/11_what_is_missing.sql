-- What was suppressed, rejected or left out as a duplicate, file by file?
-- Suppressed is not zero and not missing: the publisher withholds it to protect people. Rejected rows, with line and
-- reason, are in meta.rejected_row; why a single value is missing stands in note_code of published.observation.
select path, publisher, rows_in, rows_out, rejected, deduplicated, suppressed, is_stale, is_modelled
from meta.snapshot
order by suppressed desc, rejected desc, deduplicated desc, path
