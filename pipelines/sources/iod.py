"""The English Indices of Deprivation: File 7, File 1 and the area summaries (Files 10 and 11), as MHCLG publishes them.

What belongs here: what those files call their columns, for 2019 (LSOAs of 2011) and 2025 (LSOAs of 2021). What does
not: whether two releases may be compared, and which LSOA lies where (`geography.py`).

Direction, as published. In Files 1 and 7 rank 1 and decile 1 are the most deprived, and a higher score is more
deprived; domain scores may be negative, since some are standardised. In Files 10 and 11 MHCLG turns ranks over before
it averages them, so a higher `imd_average_rank` is more deprived. Headers that say where rank 1 or decile 1 lies are
read only when they say it is the most deprived end.
"""

from __future__ import annotations

import re
from functools import partial

import polars as pl

from pipelines.sources.access.govuk import GovUkAttachment
from pipelines.sources.access.web_file import WebFile
from pipelines.sources.contract import Access, Parsed, Resource, Snapshot
from pipelines.sources.formats.table import LICENCE, Column, csv_table, tidy_header
from pipelines.sources.formats.typed_rows import PROVENANCE, finish, settle
from pipelines.sources.formats.workbook import workbook_tables

INDICES: dict[str, tuple[str, ...]] = {
    "imd": ("index of multiple deprivation (imd)",),
    "income": ("income",),
    "employment": ("employment",),
    "education": ("education, skills and training",),
    "health": ("health deprivation and disability",),
    "crime": ("crime",),
    "barriers": ("barriers to housing and services",),
    "living_environment": ("living environment",),
    "idaci": ("income deprivation affecting children index (idaci)",),
    "idaopi": (
        "income deprivation affecting older people (idaopi)",
        "income deprivation affecting older people index (idaopi)",
    ),
    "children_and_young_people": ("children and young people sub-domain",),
    "adult_skills": ("adult skills sub-domain",),
    "geographical_barriers": ("geographical barriers sub-domain",),
    "wider_barriers": ("wider barriers sub-domain",),
    "indoors": ("indoors sub-domain",),
    "outdoors": ("outdoors sub-domain",),
}
"""Every index of File 7 by its slug, and what the publisher calls it."""

_POPULATIONS = (
    "population",
    "population_aged_0_15",
    "population_aged_16_59",
    "population_aged_60_and_over",
    "population_working_age",
)

_IDENTITY: dict[str, pl.DataType] = {
    name: pl.String() for name in ("imd_release", "lsoa_vintage", "lsoa_code", "lsoa_name", "lad_code", "lad_name")
}

FILE_7: dict[str, pl.DataType] = {
    **_IDENTITY,
    **{
        f"{index}_{part}": dtype
        for index in INDICES
        for part, dtype in (("score", pl.Float64()), ("rank", pl.Int64()), ("decile", pl.Int64()))
    },
    **{name: pl.Int64() for name in _POPULATIONS},
    "population_reference": pl.String(),
    **PROVENANCE,
}
"""One row per release and LSOA: score, rank and decile of each index, and the people the release counted."""

FILE_1: dict[str, pl.DataType] = {**_IDENTITY, "imd_rank": pl.Int64(), "imd_decile": pl.Int64(), **PROVENANCE}
"""One row per release and LSOA: rank and decile of the Index of Multiple Deprivation only."""

AREA_SUMMARY: dict[str, pl.DataType] = {
    **{name: pl.String() for name in ("imd_release", "tier", "area_code", "area_name")},
    "imd_average_rank": pl.Float64(),
    "imd_average_score": pl.Float64(),
    "imd_share_in_most_deprived_tenth": pl.Float64(),
    "imd_extent": pl.Float64(),
    "imd_local_concentration": pl.Float64(),
    **PROVENANCE,
}
"""One row per release, tier (`district`, `upper_tier`) and area; shares and extent lie in 0..1."""

LSOA_KEY = ("imd_release", "lsoa_code")

_VINTAGES = {"2019": ("2011", "2019"), "2025": ("2021", "2024")}
_POPULATION_REFERENCE = {"2019": "mid-2015 excluding prisoners", "2025": "mid-2022"}
_DIRECTION = re.compile(r" \((?:rate|where 1 is most deprived[^)]*)\)?$")


def tidy_index_header(header: str) -> str:
    """A tidied header without its closing remark: `(rate)`, or `(where 1 is most deprived ...` even when cut short."""
    return _DIRECTION.sub("", tidy_header(header))


def _identity(release: str) -> tuple[Column, ...]:
    lsoa, lad = _VINTAGES[release]
    return (
        Column("lsoa_code", (f"lsoa code ({lsoa})",), "code"),
        Column("lsoa_name", (f"lsoa name ({lsoa})",), may_be_empty=True),
        Column("lad_code", (f"local authority district code ({lad})",), "code"),
        Column("lad_name", (f"local authority district name ({lad})",), may_be_empty=True),
    )


def _index(index: str, *parts: str) -> list[Column]:
    kinds = {
        "score": partial(Column, kind="number"),
        "rank": partial(Column, kind="whole", low=1),
        "decile": partial(Column, kind="whole", low=1, high=10),
    }
    return [kinds[part](f"{index}_{part}", tuple(f"{name} {part}" for name in INDICES[index])) for part in parts]


def _populations(release: str) -> list[Column]:
    if release == "2019":
        said = (
            "total population: mid 2015 (excluding prisoners)",
            "dependent children aged 0-15: mid 2015 (excluding prisoners)",
            "population aged 16-59: mid 2015 (excluding prisoners)",
            "older population aged 60 and over: mid 2015 (excluding prisoners)",
            "working age population 18-59/64: for use with employment deprivation domain (excluding prisoners)",
        )
        named = dict(zip(_POPULATIONS, said, strict=True))
    else:
        named = {
            "population": "total population: mid 2022",
            "population_aged_0_15": "dependent children aged 0-15: mid 2022",
            "population_aged_60_and_over": "older population aged 60 and over: mid 2022",
            "population_working_age": (
                "working age population 18-66 (for use with employment deprivation domain): mid 2022"
            ),
        }
    return [Column(name, (header,), "whole", low=0) for name, header in named.items()]


def _constants(release: str) -> dict[str, str | int]:
    return {"imd_release": release, "lsoa_vintage": _VINTAGES[release][0]}


def parse_file_7(content: bytes, snapshot: Snapshot, *, release: str) -> Parsed:
    """Read File 7 of one release (`2019`, `2025`): CSV, one row per LSOA. Raises ContractBroken on another layout."""
    columns = [*_identity(release), *_populations(release)]
    for index in INDICES:
        columns += _index(index, "score", "rank", "decile")
    table = csv_table(content, snapshot, columns, tidy=tidy_index_header)
    known = {**_constants(release), "population_reference": _POPULATION_REFERENCE[release]}
    return finish(
        [settle(table, columns, snapshot, source="iod_file_7", schema=FILE_7, constants=known)],
        snapshot,
    )


def parse_file_1(content: bytes, snapshot: Snapshot, *, release: str = "2025") -> Parsed:
    """Read File 1 of one release: a workbook whose data sheet is found by its header. Raises ContractBroken."""
    columns = [*_identity(release), *_index("imd", "rank", "decile")]
    parts = [
        settle(table, columns, snapshot, source="iod_file_1", schema=FILE_1, constants=_constants(release))
        for table in workbook_tables(content, snapshot, columns, tidy=tidy_index_header)
    ]
    return finish(parts, snapshot)


def parse_area_summary(content: bytes, snapshot: Snapshot, *, release: str = "2019", tier: str) -> Parsed:
    """Read File 10 (`tier="district"`) or File 11 (`tier="upper_tier"`): the sheet of the whole index, not of domains.

    Raises ContractBroken on another layout, and so on the file of the other tier.
    """
    areas = {"district": "local authority district", "upper_tier": "upper tier local authority district"}[tier]
    vintage = _VINTAGES[release][1]

    def summary(name: str, header: str, high: float | None = None) -> Column:
        return Column(name, (f"imd - {header}", f"imd {release} - {header}"), "number", low=0, high=high)

    columns = (
        Column("area_code", (f"{areas} code ({vintage})",), "code"),
        Column("area_name", (f"{areas} name ({vintage})",), may_be_empty=True),
        summary("imd_average_rank", "average rank"),
        summary("imd_average_score", "average score"),
        summary("imd_share_in_most_deprived_tenth", "proportion of lsoas in most deprived 10% nationally", high=1),
        summary("imd_extent", "extent", high=1),
        summary("imd_local_concentration", "local concentration"),
    )
    known: dict[str, str | int] = {"imd_release": release, "tier": tier}
    parts = [
        settle(table, columns, snapshot, source="iod_area_summary", schema=AREA_SUMMARY, constants=known)
        for table in workbook_tables(content, snapshot, columns)
    ]
    return finish(parts, snapshot)


_ASSETS = "https://assets.publishing.service.gov.uk"
_ATTACHMENTS = f"{_ASSETS}/government/uploads/system/uploads/attachment_data/file"
_PAGES = "https://www.gov.uk"
_PAGE = {release: f"/government/statistics/english-indices-of-deprivation-{release}" for release in ("2019", "2025")}
WITHDRAWN = {"68ff5daabcb10f6bf9bef911": "the first issue of File 7 of 2025, wrong for E01027305 (Cherwell)"}
"""Issues known to be wrong, by media id. The second issue of File 7, of 19 November 2025, replaced this one."""


def _access(release: str, number: int, pinned: str) -> tuple[Access, ...]:
    """The file as the release's page has it now, and the issue that is pinned, which never changes."""
    attached = GovUkAttachment(_PAGE[release], number, suffix=pinned[pinned.rindex(".") :], withdrawn=WITHDRAWN)
    return attached, WebFile(pinned)


def _files_7_of_2025() -> list[tuple[str, tuple[Access, ...]]]:
    return [("iod/iod2025_file_7.csv", _access("2025", 7, _PINNED["iod2025_file_7"]))]


_SUMMARIES = "IoD2019_Local_Authority_District_Summaries"
# Media ids of 2025 seen in four repositories, live August to October 2026; those of 2019 in more than eight.
_PINNED = {
    "iod2019_file_7": (
        f"{_ATTACHMENTS}/845345/File_7_-_All_IoD2019_Scores__Ranks__Deciles_and_Population_Denominators_3.csv"
    ),
    "iod2019_file_10": f"{_ATTACHMENTS}/833995/File_10_-_{_SUMMARIES}__lower-tier__.xlsx",
    "iod2019_file_11": f"{_ATTACHMENTS}/834001/File_11_-_{_SUMMARIES}__upper-tier__.xlsx",
    "iod2025_file_1": f"{_ASSETS}/media/691dece32c6b98ecdbc500d5/File_1_IoD2025_Index_of_Multiple_Deprivation.xlsx",
    "iod2025_file_7": (
        f"{_ASSETS}/media/691ded56d140bbbaa59a2a7d/File_7_IoD2025_All_Ranks_Scores_Deciles_Population_Denominators.csv"
    ),
}

_mhclg = partial(Resource, publisher="MHCLG", licence=LICENCE, cadence="every four to six years")
_file_7 = partial(_mhclg, table="iod_file_7", schema=FILE_7, key=LSOA_KEY)
_summary = partial(_mhclg, table="iod_area_summary", schema=AREA_SUMMARY, key=("imd_release", "tier", "area_code"))

RESOURCES: tuple[Resource, ...] = (
    _file_7(
        name="iod2019_file_7",
        path="iod/iod2019_file_7.csv",
        description="Scores, ranks, deciles and populations of the Indices of Deprivation 2019 by LSOA of 2011.",
        url=_PAGES + _PAGE["2019"],
        parser=partial(parse_file_7, release="2019"),
        required=True,
        access=_access("2019", 7, _PINNED["iod2019_file_7"]),
    ),
    _file_7(
        name="iod2025_file_7",
        path="iod/iod2025_file_7*.csv",
        description="Scores, ranks, deciles and populations of the Indices of Deprivation 2025 by LSOA of 2021.",
        url=_PAGES + _PAGE["2025"],
        parser=partial(parse_file_7, release="2025"),
        live_files=_files_7_of_2025,
    ),
    _mhclg(
        name="iod2025_file_1",
        path="iod/iod2025_file_1.xlsx",
        table="iod_file_1",
        description="Rank and decile of the Index of Multiple Deprivation 2025 by LSOA of 2021.",
        url=_PAGES + _PAGE["2025"],
        parser=parse_file_1,
        schema=FILE_1,
        key=LSOA_KEY,
        access=_access("2025", 1, _PINNED["iod2025_file_1"]),
    ),
    _summary(
        name="iod2019_file_10",
        path="iod/iod2019_file_10_lad_summaries.xlsx",
        description="The Index of Multiple Deprivation 2019 summed up for each lower-tier local authority district.",
        url=_PAGES + _PAGE["2019"],
        parser=partial(parse_area_summary, tier="district"),
        access=_access("2019", 10, _PINNED["iod2019_file_10"]),
    ),
    _summary(
        name="iod2019_file_11",
        path="iod/iod2019_file_11_utla_summaries.xlsx",
        description="The Index of Multiple Deprivation 2019 summed up for each upper-tier local authority.",
        url=_PAGES + _PAGE["2019"],
        parser=partial(parse_area_summary, tier="upper_tier"),
        access=_access("2019", 11, _PINNED["iod2019_file_11"]),
    ),
)
