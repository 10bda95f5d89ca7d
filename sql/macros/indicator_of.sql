-- The slug of the indicator that a slug, a title or an unambiguous part of either means.
-- arguments: indicator_name
-- gives: one value
-- try: indicator_of('smoking_prevalence_adults')
with
known as (
    select
        indicator, title || ' (' || indicator || ')' as shown, title,
        case
            when indicator = lower(trim(indicator_name)) then 1
            when lower(title) = lower(trim(indicator_name)) then 2
            when starts_with(lower(title), lower(trim(indicator_name))) then 3
            when contains(lower(title), lower(trim(indicator_name))) then 4
            when contains(indicator, lower(trim(indicator_name))) then 5
        end as place
    from published.indicator
),

meant as (
    select *
    from known
    where place is not null
    qualify rank() over (order by place) = 1
),

answer as (
    select
        count(*) as found, min(indicator) as indicator,
        string_agg(shown, ', ' order by indicator) as meant
    from (select * from meant order by indicator limit 6) as first_six
)

select
    case
        when found = 1 then indicator
        when found > 1
            then error('Several indicators are called ' || indicator_name || ': ' || meant || '. Give the slug.')
        else error(
            'No indicator is called ' || coalesce(indicator_name, 'null') || '. Nearest: ' || (
                select string_agg(shown, ', ' order by nearness desc, indicator)
                from (
                    select
                        shown, indicator,
                        greatest(
                            jaro_winkler_similarity(lower(title), lower(trim(indicator_name))),
                            jaro_winkler_similarity(indicator, lower(trim(indicator_name)))
                        ) as nearness
                    from known
                    order by nearness desc, indicator
                    limit 3
                ) as nearest
            ) || '.'
        )
    end
from answer
