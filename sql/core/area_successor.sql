-- One row per area that is no more and area that took its place, with the day from which it was no more.
-- Counties and districts that became others before our lookups begin are stated here; the history of districts and the
-- lookups of the NHS say the rest. A day is null where a history gives years alone. An area split between several has a
-- row for each.
with
stated as (
    select rows.area_code, cast(rows.abolished_on as date) as abolished_on, rows.successor_code
    from (
        values
        ('E10000001', '2009-04-01', 'E06000055'),  -- Bedfordshire: Bedford, Central Bedfordshire
        ('E10000001', '2009-04-01', 'E06000056'),
        ('E10000002', '2020-04-01', 'E06000060'),  -- Buckinghamshire
        ('E10000004', '2009-04-01', 'E06000049'),  -- Cheshire: East, West and Chester
        ('E10000004', '2009-04-01', 'E06000050'),
        ('E10000005', '2009-04-01', 'E06000052'),  -- Cornwall
        ('E10000006', '2023-04-01', 'E06000063'),  -- Cumbria: Cumberland, Westmorland and Furness
        ('E10000006', '2023-04-01', 'E06000064'),
        ('E10000009', '2019-04-01', 'E06000058'),  -- Dorset: Christchurch to Bournemouth, the rest to Dorset
        ('E10000009', '2019-04-01', 'E06000059'),
        ('E10000010', '2009-04-01', 'E06000047'),  -- County Durham
        ('E10000021', '2021-04-01', 'E06000061'),  -- Northamptonshire: North, West
        ('E10000021', '2021-04-01', 'E06000062'),
        ('E10000022', '2009-04-01', 'E06000057'),  -- Northumberland
        ('E10000023', '2023-04-01', 'E06000065'),  -- North Yorkshire
        ('E10000026', '2009-04-01', 'E06000051'),  -- Shropshire
        ('E10000027', '2023-04-01', 'E06000066'),  -- Somerset
        ('E10000033', '2009-04-01', 'E06000054'),  -- Wiltshire
        ('E06000048', '2013-04-01', 'E06000057'),  -- Northumberland and Gateshead, when their boundary moved
        ('E08000020', '2013-04-01', 'E08000037')
    ) as rows (area_code, abolished_on, successor_code)
),

newest as (select max(year) as year from staging.lad_history),

in_use as (select distinct history.lad_code from staging.lad_history as history join newest using (year)),

district as (
    select distinct earlier.lad_code as area_code, cast(null as date) as abolished_on, later.lad_code as successor_code
    from staging.lad_history as earlier
    join staging.lad_history as later on earlier.chain = later.chain
    join newest on later.year = newest.year
    where earlier.lad_code not in (select lad_code from in_use)
),

-- Boards and their parts of an earlier lookup, by the neighbourhoods that they held.
edition as (
    select lsoa_vintage, max(icb_vintage) as icb_vintage from staging.lsoa_to_icb group by lsoa_vintage
),

health as (
    select lsoa_vintage, icb_vintage, lsoa_code, icb_code as area_code, 'icb' as tier from staging.lsoa_to_icb
    union all
    select lsoa_vintage, icb_vintage, lsoa_code, sub_icb_code, 'sub_icb' from staging.lsoa_to_icb
),

held_health as (
    select earlier.area_code, later.area_code as successor_code, earlier.tier
    from health as earlier
    join health as later
        on
            earlier.lsoa_vintage = later.lsoa_vintage and earlier.lsoa_code = later.lsoa_code
            and earlier.tier = later.tier
    join edition on later.lsoa_vintage = edition.lsoa_vintage and later.icb_vintage = edition.icb_vintage
    where earlier.icb_vintage < later.icb_vintage
    group by earlier.area_code, later.area_code, earlier.tier
),

health_in_use as (
    select distinct health.area_code
    from health
    join edition on health.lsoa_vintage = edition.lsoa_vintage and health.icb_vintage = edition.icb_vintage
    where health.icb_vintage = (select max(icb_vintage) from edition)
)

select area_code, abolished_on, successor_code, 'stated' as known_from
from stated
union all by name
select area_code, abolished_on, successor_code, 'history of districts' as known_from
from district
where area_code not in (select area_code from stated)
union all by name
select area_code, cast(null as date) as abolished_on, successor_code, 'lookups of the NHS' as known_from
from held_health
where area_code not in (select area_code from health_in_use)
