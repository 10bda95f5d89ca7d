-- Warning: our figures of a country equal the published ones of another vintage within the tolerance of the pair.
-- scope: release
select
    compared, indicator, area_code, period, sex, scheme, our_value, their_value, difference, tolerance, their_source,
    our_figures_end, their_figures_end
from published.reconciliation
where
    verdict = 'differs' and area_type = 'country' and compared in ('slope index', 'value of another source')
    and our_figures_end is distinct from their_figures_end
