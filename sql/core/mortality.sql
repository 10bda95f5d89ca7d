-- One row per three-year period, sex, national tenth, age band and cause: deaths and people of the three years.
-- Only periods whose three years are whole: deaths and people of every tenth, age band and cause.
-- Deaths and people of one edition of the index only, and of one edition for all periods: that with the newest year.
-- Real counts are England's, modelled ones the modelled country's.
-- The file does not state which edition of the Index of Multiple Deprivation stands behind its tenths.
with
place as (
    select sha256, is_modelled, case when is_modelled then 'X92000001' else 'E92000001' end as area_code
    from staging.snapshot
),

deaths as (
    select
        place.area_code, deaths.imd_release,
        deaths.year, deaths.decile, deaths.sex, deaths.cause_code, deaths.cause,
        deaths.age_start, deaths.age_band, deaths.deaths, place.is_modelled
    from staging.deaths_by_deprivation_decile as deaths
    join place on deaths.snapshot_sha256 = place.sha256
),

people as (
    select
        place.area_code, people.imd_release,
        people.year, people.decile, people.sex, people.age_start, people.population
    from staging.population_by_deprivation_decile_and_age as people
    join place on people.snapshot_sha256 = place.sha256
),

-- Of every year, as many causes and ages as it has: lists of causes change with the classification of diseases.
expected as (
    select
        area_code, imd_release, year, sex, count(distinct cause_code) * count(distinct age_start) as cells,
        string_agg(distinct cause_code, ';' order by cause_code) as causes
    from deaths
    group by area_code, imd_release, year, sex
),

whole_year as (
    select deaths.area_code, deaths.imd_release, deaths.year, deaths.sex, expected.causes
    from deaths
    join expected
        on
            deaths.area_code = expected.area_code and deaths.imd_release = expected.imd_release
            and deaths.year = expected.year and deaths.sex = expected.sex
    join people
        on
            deaths.area_code = people.area_code and deaths.imd_release = people.imd_release
            and deaths.year = people.year and deaths.decile = people.decile
            and deaths.sex = people.sex and deaths.age_start = people.age_start
    where deaths.deaths is not null and people.population is not null
    group by deaths.area_code, deaths.imd_release, deaths.year, deaths.sex, expected.causes, expected.cells
    having count(*) = 10 * expected.cells
),

complete as (
    select area_code, imd_release, year, sex, causes
    from whole_year
    qualify imd_release = first_value(imd_release) over (partition by area_code order by year desc, imd_release)
),

period as (
    select first.area_code, first.imd_release, first.sex, first.year as first_year, last.year as last_year
    from complete as first
    join complete as middle
        on first.area_code = middle.area_code and first.sex = middle.sex and middle.year = first.year + 1
            and first.causes = middle.causes
    join complete as last
        on first.area_code = last.area_code and first.sex = last.sex and last.year = first.year + 2
            and first.causes = last.causes
)

select
    period.area_code,
    period.first_year || '-' || right(cast(period.last_year as text), 2) as period,
    '3y' as period_length,
    make_date(period.first_year, 1, 1) as period_start,
    make_date(period.last_year, 12, 31) as period_end,
    period.sex,
    'deprivation_decile' as dimension,
    'lsoa_in_england_imd_unstated' as scheme,
    deaths.decile, deaths.age_start, deaths.age_band, deaths.cause_code, deaths.cause,
    cast(sum(deaths.deaths) as bigint) as deaths,
    cast(sum(people.population) as bigint) as population,
    bool_or(deaths.is_modelled) as is_modelled
from period
join deaths
    on
        period.area_code = deaths.area_code and period.imd_release = deaths.imd_release and period.sex = deaths.sex
        and deaths.year between period.first_year and period.last_year
join people
    on
        deaths.area_code = people.area_code and deaths.imd_release = people.imd_release
        and deaths.year = people.year and deaths.decile = people.decile
        and deaths.sex = people.sex and deaths.age_start = people.age_start
group by all
