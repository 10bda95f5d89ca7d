-- Where does an area rank in smoking: in its region, among those as deprived, those alike, and all of its type?
-- 1 is the highest figure, which is the worst. `rank_lower` to `rank_upper` is how sure the rank is: a wide span says
-- that most of the order is chance. Never quote a rank without it. `from rank_of('smoking', 'Blackpool')` asks one.
with
my_area as (
    -- The most deprived upper tier authority; for another, say: select area_code_of('Blackpool') as area_code
    select area_code
    from published.area
    where is_upper_tier and is_current
    order by coalesce(imd_2025_average_score, imd_2019_average_score) desc nulls last, area_code
    limit 1
),

peer as (
    select known.peer_kind, known.peer_code as area_code
    from published.peer as known
    join my_area on known.area_code = my_area.area_code
),

figure as (
    select *, (value_upper - value_lower) / 2 / 1.959964 as error
    from published.observation
    where indicator = 'smoking_prevalence_adults' and dimension = 'total' and value is not null
),

pair as (
    select
        peer.peer_kind, own.title, own.area_name, own.sex, own.age, own.period, own.value, own.value_lower,
        own.value_upper, own.unit, own.is_modelled, other.value - own.value as difference,
        1.959964 * sqrt(other.error * other.error + own.error * own.error) as half_width
    from figure as own
    join my_area on own.area_code = my_area.area_code
    cross join peer
    join figure as other
        on
            peer.area_code = other.area_code and own.period = other.period and own.period_length = other.period_length
            and own.sex = other.sex and own.age = other.age
    where own.is_latest
)

select
    peer_kind as among, title, area_name, sex, age, period, value, value_lower, value_upper, unit,
    count(*) + 1 as areas,
    1 + count(*) filter (where difference > 0) as rank,
    case when count(half_width) = count(*) then 1 + count(*) filter (where difference > half_width) end as rank_lower,
    case
        when count(half_width) = count(*) then 1 + count(*) - count(*) filter (where -difference > half_width)
    end as rank_upper,
    is_modelled
from pair
group by all
order by among, sex, age
