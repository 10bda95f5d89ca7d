-- One row per LSOA of 2011 and LSOA of 2021 made from it, with how it changed.
-- U unchanged, S split, M merged, X irregular: an S or M row shares people with others, so never sum over it blindly.
select
    lsoa11_code, lsoa11_name, change_code,
    case change_code
        when 'U' then 'unchanged' when 'S' then 'split' when 'M' then 'merged' when 'X' then 'irregular'
    end as change_type,
    lsoa21_code, lsoa21_name, lad22_code, lad22_name,
    substr(lsoa11_code, 1, 1) = 'X' as is_modelled
from staging.lsoa_change
