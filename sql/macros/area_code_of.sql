-- The code of the area that a name, a code or an unambiguous part of a name means; a current area before a former one.
-- arguments: area
-- gives: one value
-- try: area_code_of('England')
with
known as (
    select
        area_code, area_name || ' (' || area_code || ', ' || replace(area_type, '_', ' ') || ')' as shown, area_name,
        case
            when lower(area_code) = lower(trim(area)) then 1
            when lower(area_name) = lower(trim(area)) and is_current and is_in_lookups then 2
            when lower(area_name) = lower(trim(area)) then 3
            when starts_with(lower(area_name), lower(trim(area))) and is_current and is_in_lookups then 4
            when contains(lower(area_name), lower(trim(area))) and is_current and is_in_lookups then 5
            when contains(lower(area_name), lower(trim(area))) then 6
        end as place,
        is_district or is_upper_tier as is_authority
    from published.area
),

-- Of a county and a constituency of one name the authority is meant.
meant as (
    select *
    from known
    where place is not null
    qualify rank() over (order by place, not is_authority) = 1
),

answer as (
    select
        count(*) as found, min(area_code) as area_code,
        string_agg(shown, ', ' order by area_name, area_code) as meant
    from (select * from meant order by area_name, area_code limit 6) as first_six
)

select
    case
        when found = 1 then area_code
        when found > 1 then error('Several areas are called ' || area || ': ' || meant || '. Give the code.')
        else error(
            'No area is called ' || coalesce(area, 'null') || '. Nearest: ' || (
                select string_agg(shown, ', ' order by nearness desc, area_code)
                from (
                    select shown, area_code, jaro_winkler_similarity(lower(area_name), lower(trim(area))) as nearness
                    from known
                    order by nearness desc, area_code
                    limit 3
                ) as nearest
            ) || '.'
        )
    end
from answer
