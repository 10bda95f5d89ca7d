"""What the pages show, read from the current release once: frames of the published tables that pages cut up.

What belongs here: which rows a page may show. What does not: how they are worded or drawn (the pages' own modules).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.release.query import ReleaseFacts, ask, release_facts

INDICATORS = "select * from published.indicator order by title"
AREAS = "select * from published.area where is_current order by area_name, area_code"
MEASURES = """
    select * from published.inequality
    where transform = 'none' and value is not null
    qualify period_end = max(period_end) over (
        partition by indicator, area_code, sex, age, dimension, scheme, basis, groups_from, measure, period_length
    )
    order by title, sex, age, dimension, scheme, measure
"""
CHANGES = """
    select * from published.inequality_change
    where is_first_to_last and measure = 'slope_index'
    order by title, sex, age, scheme
"""
GRADIENTS = """
    select gradient.*, area.area_name from core.gradient as gradient
    join published.area as area using (area_code)
    where area.area_type = 'country' and gradient.value is not null
    qualify period_end = max(period_end) over (
        partition by gradient.indicator, area_code, sex, age, dimension, scheme, basis, groups_from, period_length
    )
    order by area_code, sex, age, dimension, scheme, period_length, category_rank
"""
DIFFERENCES = """
    select * from published.group_difference
    qualify period_end = max(period_end) over (
        partition by indicator, area_code, sex, age, dimension, scheme, period_length
    )
    order by title, sex, age, dimension, scheme, category
"""
TOTALS = """
    with
    total as (select * from published.observation where dimension = 'total'),
    place as (
        select
            area_code, region_code, region_name,
            case when area_code like 'X%' then 'X92000001' else 'E92000001' end as nation_code
        from published.area
    )
    select
        newest.* exclude (snapshot_sha256, source_line), place.region_name,
        region.value as region_value, nation.value as england_value,
        case
            when newest.area_code = place.nation_code then null
            when newest.value_lower > nation.value then 'higher'
            when newest.value_upper < nation.value then 'lower'
            when newest.value_lower is not null and nation.value is not null then 'similar'
        end as than_england
    from total as newest
    left join place on newest.area_code = place.area_code
    left join total as region
        on
            place.region_code = region.area_code and newest.indicator = region.indicator
            and newest.period = region.period and newest.period_length = region.period_length
            and newest.sex = region.sex and newest.age = region.age
    left join total as nation
        on
            place.nation_code = nation.area_code and newest.indicator = nation.indicator
            and newest.period = nation.period and newest.period_length = nation.period_length
            and newest.sex = nation.sex and newest.age = nation.age
    where newest.is_latest
    order by newest.title, newest.area_name, newest.area_code, newest.sex, newest.age, newest.period_length
"""
"""The rows of the macro `area_summary` for all areas at once, which is what hundreds of pages can afford."""
LIVES = """
    select * from published.healthy_life_expectancy_gap
    -- The newest period that has both, where any has: life expectancy alone is often a year ahead.
    qualify (healthy_life_expectancy is null, period_end) = min_by(
        (healthy_life_expectancy is null, period_end), (healthy_life_expectancy is null, -epoch(period_end))
    ) over (partition by area_code, sex, period_length)
    order by area_code, sex
"""
SCORECARD = "select * from published.core20plus5 order by element_group, element"
SCHEMES = """
    select
        dimension, scheme,
        case geography
            when 'lsoa11' then 'neighbourhoods (LSOA 2011)'
            when 'lsoa21' then 'neighbourhoods (LSOA 2021)'
            when 'county_ua' then 'upper-tier authorities'
            when 'district_ua' then 'districts and unitary authorities'
            else replace(coalesce(geography, scheme), '_', ' ')
        end
        || coalesce(' by ' || replace(nullif(ruler, ''), '_', ' '), '')
        || case index_vintage
            when 'trend' then ', index of its time'
            when 'unstated' then ', edition of the index not stated'
            else coalesce(', ' || upper(index) || ' ' || nullif(index_vintage, ''), '')
        end as groups
    from core.scheme
"""
SOURCES = """
    select distinct observation.indicator, snapshot.publisher, snapshot.licence,
        strftime(snapshot.retrieved_at, '%Y-%m-%d') as retrieved
    from published.observation as observation
    join meta.snapshot as snapshot on observation.snapshot_sha256 = snapshot.sha256
    order by observation.indicator, snapshot.publisher, retrieved
"""


@dataclass(frozen=True)
class Contents:
    """The current release as the pages need it, each frame in the order in which pages show it."""

    facts: ReleaseFacts
    indicators: pl.DataFrame
    areas: pl.DataFrame
    measures: pl.DataFrame
    changes: pl.DataFrame
    gradients: pl.DataFrame
    differences: pl.DataFrame
    totals: pl.DataFrame
    lives: pl.DataFrame
    scorecard: pl.DataFrame
    sources: pl.DataFrame
    schemes: pl.DataFrame

    def groups(self, dimension: str, scheme: str) -> str:
        """What a scheme's groups are made of, in words: neighbourhoods or areas, and the edition of the index."""
        named = self.schemes.filter(pl.col("dimension") == dimension, pl.col("scheme") == scheme)["groups"]
        return str(named[0]) if len(named) else scheme.replace("_", " ")


def contents_of(warehouse: Path) -> Contents:
    """Read the current release. Raises NoRelease where there is none."""
    return Contents(
        release_facts(warehouse),
        *(
            ask(warehouse, query)
            for query in (
                INDICATORS,
                AREAS,
                MEASURES,
                CHANGES,
                GRADIENTS,
                DIFFERENCES,
                TOTALS,
                LIVES,
                SCORECARD,
                SOURCES,
                SCHEMES,
            )
        ),
    )
