-- One row per series of measures: what its sentences are about, in the words that all of them share.
-- A within-area scheme is the national ranking on the row of a country, so `places` follows the basis of the row.
with
series as (
    select distinct indicator, area_code, sex, age, dimension, scheme, basis
    from measures.inequality
),

aged as (
    select
        series.*, indicator.title, indicator.unit as unit_of_indicator, indicator.polarity,
        area.area_name, area.area_type,
        case series.sex when 'male' then 'males' when 'female' then 'females' else 'people' end as people,
        replace(replace(series.age, '_plus', '+'), '_', '-') as age_words
    from series
    join core.indicator as indicator on series.indicator = indicator.indicator
    join core.area as area on series.area_code = area.area_code
),

described as (
    select
        *,
        case
            when age in ('at_birth', 'all_ages', 'not_applicable') or contains(title, age_words) then ''
            else ' aged ' || age_words
        end as aged
    from aged
)

select
    described.indicator, described.area_code, described.sex, described.age, described.dimension, described.scheme,
    described.basis, described.title, described.unit_of_indicator, described.polarity,
    described.area_name, described.area_type,
    -- Everybody of every age needs no words.
    case
        when described.people = 'people' and described.aged = '' then ''
        else ' among ' || described.people || described.aged
    end as among,
    scheme.part,
    case
        when described.basis = 'neighbourhoods_within_area' then 'its ' || scheme.places
        else scheme.places
    end as places,
    case
        when scheme.part is null then ', by ' || replace(described.dimension, '_', ' ')
        when scheme.ranked_by is null then ''
        else ', areas ' || scheme.ranked_by
    end as grouped_by
from described
join core.scheme as scheme on described.dimension = scheme.dimension and described.scheme = scheme.scheme
