-- Life is longer in the least deprived tenth of a country than in the most: if not, the deciles were read upside down.
-- scope: release
select indicator, area_code, period, sex, scheme, value
from measures.inequality
where
    measure = 'absolute_gap' and basis = 'neighbourhoods_national' and value <= 0
    and indicator in ('life_expectancy_at_birth', 'healthy_life_expectancy_at_birth')
