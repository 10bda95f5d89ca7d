-- Which ethnic groups differ from the published total, and how sure are we, in the newest period of each indicator?
-- Ethnic groups have no order, so there is no slope and no best group; people of unknown group are left out. Groups are
-- samples: without a `clear_difference` it may be chance, and of twenty groups alike one differs clearly by chance.
select
    title, area_name, period, sex, age, scheme, category_label as ethnic_group,
    value, unit, published_total,
    difference_from_total, difference_from_total_lower, difference_from_total_upper, clear_difference,
    respondents, note_code, is_modelled
from published.group_difference
where dimension = 'ethnic_group' and area_type = 'country'
qualify period_end = max(period_end) over (partition by indicator, area_code, sex, age, scheme)
order by is_modelled, title, area_name, scheme, sex, age, category_label
