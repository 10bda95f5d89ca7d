"""Which deliveries the rows came in that break a rule.

What belongs here: finding them by the provenance that a row carries, else by the columns it shares with the key of an
observation. What does not: what follows for a delivery (`run/gate.py`).
"""

from __future__ import annotations

import polars as pl

from pipelines.quality.finding import MOST_LINES, BrokenIn
from pipelines.sources.contract import OBSERVATION_KEY
from pipelines.tables.store import Store

DELIVERY, LINE = "snapshot_sha256", "source_line"
TABLES = ("core.observation", "previous.observation")
"""Where observations are looked up, in this order: a figure that is gone was in the release before."""


def broken_in(bad: pl.DataFrame, store: Store | None) -> tuple[BrokenIn, ...]:
    """The deliveries of the rows that break a rule, most rows first; none where no row can be traced.

    Rows with a `snapshot_sha256` name theirs. Others are looked up by the columns that they share with the key of an
    observation and that are not null, in this run and then in the release before; without a `store` they are not.
    """
    if bad.is_empty():
        return ()
    if DELIVERY not in bad.columns:
        bad = _looked_up(bad, store) if store else bad.clear().with_columns(pl.lit("").alias(DELIVERY))
    known = bad.filter(pl.col(DELIVERY).is_not_null())
    if known.is_empty():
        return ()
    country = _country_totals(known, store)
    found = (
        known.with_columns(country)
        .group_by(DELIVERY)
        .agg(
            pl.len().alias("rows"),
            pl.col("is_country_total").any(),
            (pl.col(LINE).drop_nulls().unique().sort() if LINE in known.columns else pl.lit(None, pl.Int64)).alias(
                "lines"
            ),
        )
    )
    return tuple(
        BrokenIn(
            sha256,
            rows,
            has_country_total=is_country,
            lines=() if lines is None or len(lines) > MOST_LINES else tuple(line for line in lines if line is not None),
        )
        for sha256, rows, is_country, lines in found.sort(["rows", DELIVERY], descending=[True, False]).iter_rows()
    )


def _country_totals(rows: pl.DataFrame, store: Store | None) -> pl.Series:
    """Whether each row is a country's figure for all its people."""
    if "area_type" in rows.columns:
        is_country = pl.col("area_type") == "country"
    elif "area_code" in rows.columns and store and store.record("core.area"):
        codes = store.read("core.area").filter(pl.col("area_type") == "country")["area_code"]
        is_country = pl.col("area_code").is_in(codes.implode())
    else:
        return pl.Series("is_country_total", [False] * rows.height)
    if "dimension" in rows.columns:
        is_country &= pl.col("dimension") == "total"
    return rows.select(is_country.fill_null(value=False).alias("is_country_total"))["is_country_total"]


def _looked_up(bad: pl.DataFrame, store: Store) -> pl.DataFrame:
    """The observations that the rows speak of, each with its delivery and line."""
    shared = [name for name in OBSERVATION_KEY if name in bad.columns]
    nothing = pl.DataFrame(schema={DELIVERY: pl.String(), LINE: pl.Int64()})
    if "indicator" not in shared:
        return nothing
    for table in TABLES:
        if store.record(table) is None:
            continue
        observations = store.read(table)
        parts = []
        # Rows of one query may leave different columns null, where they speak of a whole series.
        for _, rows in bad.select(shared).group_by([pl.col(name).is_null().alias(f"no_{name}") for name in shared]):
            by = [name for name in shared if rows[name].null_count() == 0]
            if "indicator" in by:
                parts.append(observations.join(rows.select(by).unique(), on=by, how="semi"))
        found = pl.concat(parts) if parts else nothing
        if found.height:
            return found.unique(maintain_order=True)
    return nothing
