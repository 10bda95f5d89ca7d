-- One row per sex and age: the rank of an area's newest figure of an indicator among its peers, 1 the highest, and how
-- sure the rank is: from 1 and the peers that are clearly higher to all but those that are clearly lower (95% limits of
-- each difference, taken as independent). `among`: `area_type`, `region`, `deprivation_decile` or `neighbours`.
-- arguments: indicator_name, area, among := 'area_type'
-- gives: a table
-- try: rank_of('life_expectancy_at_birth', 'England')
with
chosen as (select indicator_of(indicator_name) as indicator, area_code_of(area) as area_code),

peers as (
    select peer.peer_code as area_code
    from published.peer as peer
    join chosen on peer.area_code = chosen.area_code
    where peer.peer_kind = among
    union
    select area_code from chosen
),

figure as (
    select observation.*, (observation.value_upper - observation.value_lower) / 2 / 1.959964 as error
    from published.observation as observation
    join chosen on observation.indicator = chosen.indicator
    join peers on observation.area_code = peers.area_code
    where observation.dimension = 'total' and observation.value is not null
),

own as (
    select figure.*
    from figure
    join chosen on figure.area_code = chosen.area_code
    where figure.is_latest
),

-- Each peer's figure beside the area's own, and whether the two are clearly apart.
pair as (
    select
        own.title, own.area_name, own.sex, own.age, own.period, own.value, own.value_lower, own.value_upper, own.unit,
        own.polarity, peer.value > own.value as is_higher,
        peer.value - own.value > 1.959964 * sqrt(peer.error * peer.error + own.error * own.error) as is_clearly_higher,
        own.value - peer.value > 1.959964 * sqrt(peer.error * peer.error + own.error * own.error) as is_clearly_lower,
        peer.is_modelled
    from own
    join figure as peer
        on
            own.period = peer.period and own.period_length = peer.period_length and own.sex = peer.sex
            and own.age = peer.age
)

select
    title, area_name, sex, age, period, value, value_lower, value_upper, unit, polarity,
    count(*) as areas, 1 + count(*) filter (where is_higher) as rank,
    case when count(is_clearly_higher) = count(*) then 1 + count(*) filter (where is_clearly_higher) end as rank_lower,
    case
        when count(is_clearly_lower) = count(*) then count(*) - count(*) filter (where is_clearly_lower)
    end as rank_upper,
    bool_or(is_modelled) as is_modelled
from pair
group by title, area_name, sex, age, period, value, value_lower, value_upper, unit, polarity
order by sex, age
