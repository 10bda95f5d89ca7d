-- Our figures of a country equal the published ones of the same vintage within the tolerance of the pair.
-- Of figures that end with another period than ours, older_figures_match_the_published warns: what was published before
-- a rebase of populations is no fault.
-- scope: release
select compared, indicator, area_code, period, sex, scheme, our_value, their_value, difference, tolerance, their_source
from published.reconciliation
where
    verdict = 'differs' and area_type = 'country' and compared in ('slope index', 'value of another source')
    and our_figures_end is not distinct from their_figures_end
