-- One row per district code that was ever in use and the district it is part of in the newest year of the history.
-- A code that was split between several later districts has no successor and is left out.
with
newest as (select max(year) as year from staging.lad_history),

link as (
    select distinct earlier.lad_code, later.lad_code as current_lad_code
    from staging.lad_history as earlier
    join staging.lad_history as later on earlier.chain = later.chain
    join newest on later.year = newest.year
)

select lad_code, min(current_lad_code) as current_lad_code
from link
group by lad_code
having count(*) = 1
