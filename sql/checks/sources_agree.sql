-- Warning: where somebody else publishes a figure of ours of an area, or sources overlap, they agree as they should.
-- scope: release
select compared, indicator, area_code, period, sex, scheme, our_value, their_value, difference, tolerance, their_source
from published.reconciliation
where verdict = 'differs' and area_type <> 'country' and not is_modelled
