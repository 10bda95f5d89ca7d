-- Warning: every code joins to what it should; what does not is listed in core.unmatched with its rows.
-- scope: release
select link, count(*) as codes, sum(row_count) as row_count, min(code) as first_code
from core.unmatched
group by link
