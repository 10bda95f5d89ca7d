-- One row per indicator: what it is, how it is read, where it comes from, and what the data hold of it.
select
    indicator, title, definition, unit, scale, value_kind, polarity, polarity_reason, slope_allowed, denominator_kind,
    age_standardised, core20plus5, phof, year_type, cadence, state, disclosure_rule, fingertips_id, sources,
    sources_used, first_period_start, last_period_end, observation_count, confidence, notes, licence, is_modelled
from core.indicator
order by indicator
