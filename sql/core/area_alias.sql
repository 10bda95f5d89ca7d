-- One row per area code that is another code of the same area, with the code that our lookups use.
-- Barnsley and Sheffield: new codes in ONS files since December 2025, old ones in Fingertips and IoD 2025.
with
pair as (
    select 'E08000016' as old_code, 'E08000038' as new_code
    union all
    select 'E08000019' as old_code, 'E08000039' as new_code
),

newest as (select area_code, max(year) as last_year from core.area_vintage group by area_code),

chosen as (
    select
        pair.old_code, pair.new_code,
        coalesce(later.last_year, 0) > coalesce(earlier.last_year, 0) as new_is_ours
    from pair
    left join newest as earlier on pair.old_code = earlier.area_code
    left join newest as later on pair.new_code = later.area_code
)

select
    case when new_is_ours then old_code else new_code end as alias_code,
    case when new_is_ours then new_code else old_code end as area_code
from chosen
