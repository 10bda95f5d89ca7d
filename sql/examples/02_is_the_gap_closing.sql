-- Is the gap closing, in absolute and in relative terms, from the first to the last period?
-- Two verdicts, since a gap may narrow in points while its ratio widens. `cannot_be_tested`: the publisher gives no
-- limits, or the series breaks (`break_reason`) and that could account for the change; where it could not, `caution`
-- says that it breaks. Never rank across `basis`, and of twenty gaps that did not change one seems to by chance.
select
    title, area_name, sex, age, basis, scheme, period_from, period_to,
    value_from, value_to, unit, verdict_absolute,
    relative_from, relative_to, verdict_relative,
    grade, caution, break_reason, note_code, is_modelled
from published.inequality_change
where measure = 'slope_index' and is_first_to_last and area_type = 'country'
order by is_modelled, basis, title, area_name, scheme, sex, age
