-- One row per indicator, area, period, period length, sex, age, dimension, scheme and category.
-- One source fills a cell, by the catalogue's order of preference.
select * exclude (source_place)
from core.observation_candidate
where source_place = 1
