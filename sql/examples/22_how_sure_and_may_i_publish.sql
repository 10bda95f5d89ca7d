-- How uncertain is a measure of inequality, may it be quoted, and is anything behind it suppressed?
-- A null has its reason in `note_code`; bounds stand where a group was suppressed. Grade D is not for a headline, and a
-- figure without an interval supports no verdict.
select
    title, area_name, period, sex, age, measure, value, value_lower, value_upper, unit,
    case
        when value is null then 'no figure: ' || replace(note_code, '_', ' ')
        when grade = 'D' then 'not for a headline: grade D'
        when value_lower is null then 'as a figure, without a verdict: no interval'
        when series_break then 'as a figure, not as a trend: the series breaks'
        else 'yes, with its interval'
    end as may_be_quoted,
    grade, grade_reason, note_code, slope_index_smallest, slope_index_largest, interval_method, is_modelled
from published.inequality
where is_latest and measure in ('slope_index', 'relative_index') and transform = 'none'
order by is_modelled, title, area_name, scheme, sex, age, measure desc
