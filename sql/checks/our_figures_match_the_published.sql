-- Our figures of a country equal the published ones within the tolerance of the pair.
-- scope: release
select compared, indicator, area_code, period, sex, scheme, our_value, their_value, difference, tolerance, their_source
from published.reconciliation
where verdict = 'differs' and area_type = 'country' and compared in ('slope index', 'value of another source')
