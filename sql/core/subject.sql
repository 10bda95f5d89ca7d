-- One row per series of measures: what its sentences are about, in the words that all of them share.
-- `topic` says whom once: "Obesity in women aged 18+", where the title says "Obesity in adults 18+".
-- A within-area scheme is the national ranking on the row of a country, so `places` follows the basis of the row.
with
series as (
    select indicator, area_code, sex, age, dimension, scheme, basis
    from measures.inequality
    union
    select indicator, area_code, sex, age, dimension, scheme, basis
    from measures.inequality_change
),

worded as (
    select
        series.*, indicator.title, indicator.unit as unit_of_indicator, indicator.polarity,
        area.area_name, area.area_type,
        case series.sex when 'male' then 'males' when 'female' then 'females' else 'people' end as people,
        case series.sex when 'male' then 'men' when 'female' then 'women' else 'adults' end as adults,
        case
            when series.age not in ('at_birth', 'all_ages', 'not_applicable')
                then replace(regexp_replace(series.age, '^under_', 'under '), '_plus', '+')
        end as age_words,
        case when indicator.unit = 'years' then ' for ' else ' among ' end as of_whom
    from series
    join core.indicator as indicator on series.indicator = indicator.indicator
    join core.area as area on series.area_code = area.area_code
),

aged as (
    select
        *,
        -- "aged 18-64", and nothing where the title has the age in its own words.
        case
            when
                age_words is null or contains(lower(title), replace(age_words, '_', ' to '))
                or contains(replace(lower(title), 'under-', 'under '), replace(age_words, '_', '-'))
                then ''
            else ' aged ' || replace(age_words, '_', '-')
        end as aged
    from worded
)

select
    aged.indicator, aged.area_code, aged.sex, aged.age, aged.dimension, aged.scheme,
    aged.basis, aged.title, aged.unit_of_indicator, aged.polarity,
    aged.area_name, aged.area_type,
    case
        when regexp_matches(aged.title, '\badults \d+\+')
            then regexp_replace(
                aged.title, '\badults (\d+\+)',
                aged.adults || ' aged ' || coalesce(replace(aged.age_words, '_', '-'), '\1')
            )
        -- Everybody of every age needs no words.
        when aged.people = 'people' and aged.aged = '' then aged.title
        else aged.title || aged.of_whom || aged.people || aged.aged
    end as topic,
    scheme.part,
    case
        when aged.basis = 'neighbourhoods_within_area' then 'its ' || scheme.places
        else scheme.places
    end as places,
    scheme.ranked_by,
    case
        when aged.dimension = 'total' or scheme.part is not null then ''
        else ', by ' || replace(aged.dimension, '_', ' ')
    end as grouped_by
from aged
left join core.scheme as scheme on aged.dimension = scheme.dimension and aged.scheme = scheme.scheme
