-- One row per group of a breakdown without an order: its difference from the published total and the largest group.
-- A difference that is not zero by chance alone is a `clear_difference`; of 20 groups alike, one is so by chance.
select
    difference.indicator, indicator.title, difference.area_code, area.area_name, area.area_type,
    difference.period, difference.period_length, difference.period_start, difference.period_end,
    difference.period_end = max(difference.period_end) over (
        partition by difference.indicator, difference.area_code, difference.period_length, difference.sex,
            difference.age, difference.dimension, difference.scheme, difference.category
    ) as is_latest,
    difference.sex, difference.age, difference.dimension, difference.scheme,
    difference.category, breakdown.category_label,
    difference.value, difference.unit, indicator.polarity, difference.published_total,
    difference.difference_from_total, difference.difference_from_total_lower, difference.difference_from_total_upper,
    difference.ratio_to_total, difference.clear_difference,
    difference.largest_category, difference.largest_by, difference.difference_from_largest,
    difference.difference_from_largest_lower, difference.difference_from_largest_upper,
    difference.respondents, difference.confidence, difference.note_code, difference.is_modelled
from measures.group_difference as difference
join core.indicator as indicator on difference.indicator = indicator.indicator
join core.area as area on difference.area_code = area.area_code
left join staging.breakdown as breakdown
    on
        difference.dimension = breakdown.dimension and difference.scheme = breakdown.scheme
        and difference.category = breakdown.category
