"""Write the embedded sample, `data_raw/sample/`: `python data_raw/make_sample.py [FOLDER]`.

What belongs here: which files there are and what the index says of them. What does not: what stands in them
(`sample_maker/`). The same bytes come out every time, on every platform.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

from sample_maker import (
    deprivation,
    facts,
    geography,
    life_expectancy,
    mortality,
    population,
    published,
    surveys,
    truth,
)
from sample_maker.layouts import csv_bytes

SAMPLE = Path(__file__).resolve().parent / "sample"
INDEX_HEADER = ("path", "url", "publisher", "kind", "bytes", "sha256", "licence", "is_modelled", "note")
OPEN_GOVERNMENT_LICENCE = "Open Government Licence v3.0"

# The files of published figures: path -> address, publisher, note. Every other file is modelled.
FACTS = {
    "ons/life_expectancy_by_deprivation_decile.xlsx": (
        facts.LIFE_EXPECTANCY_ADDRESS,
        "ONS",
        f"published figures to 1 decimal place, typed in and set in the publisher's layout; confidence limits marked "
        f"[x]; source: {facts.LIFE_EXPECTANCY_SOURCE}",
    ),
    "population/england_by_imd_decile.csv": (
        facts.POPULATION_ADDRESS,
        "MHCLG",
        f"ten published sums, typed in; source: {facts.POPULATION_SOURCE}",
    ),
}
LAYOUT_OF = {
    "fingertips": "OHID Fingertips",
    "geography": "ONS Geography",
    "iod": "MHCLG",
    "ons": "ONS, Nomis",
    "truth.csv": "",
    "truth_life_expectancy.csv": "",
}


def known_answers() -> bytes:
    """`truth.csv`: what the pipeline must find, one row a measure."""
    rows: list[list[str]] = []
    people = {
        truth.COUNTIES_2019: deprivation.people_by_area_decile(upper=True),
        truth.DISTRICTS_2019: deprivation.people_by_area_decile(upper=False),
    }
    for (indicator, scheme, sex), periods in truth.TRUTH.items():
        for period, gradient in periods.items():
            rows += truth.answers(
                gradient,
                indicator=indicator,
                area=truth.COUNTRY,
                period=period,
                sex=sex,
                scheme=scheme,
                people=people.get(scheme),
            )
    for (area, sex), gradient in life_expectancy.area_gradients().items():
        rows += truth.answers(
            gradient,
            indicator=life_expectancy.SLUG,
            area=area,
            period=truth.AREA_PERIOD,
            sex=sex,
            scheme=truth.WITHIN_AREA_2021,
        )
    return csv_bytes([truth.HEADER, *sorted([*rows, *mortality.gradient_answers()])])


def files() -> dict[str, bytes]:
    """Path -> bytes of the whole sample, its index included."""
    found = {
        "ons/life_expectancy_by_deprivation_decile.xlsx": published.life_expectancy(),
        "population/england_by_imd_decile.csv": published.population(),
        "ons/census2021_population_by_lsoa21_age.csv": population.census(),
        "iod/iod2019_file_7.csv": deprivation.all_scores(2019),
        "iod/iod2019_file_10_lad_summaries.xlsx": deprivation.summaries(upper=False),
        "iod/iod2019_file_11_utla_summaries.xlsx": deprivation.summaries(upper=True),
        "iod/iod2025_file_1.xlsx": deprivation.ranks_2025(),
        "iod/iod2025_file_7.csv": deprivation.all_scores(2025),
        **geography.files(),
        **surveys.files(),
        **life_expectancy.files(),
        **mortality.files(),
        "truth.csv": known_answers(),
        "truth_life_expectancy.csv": mortality.known_answers(),
    }
    return {**found, "index.csv": _index(found)}


def _index(contents: dict[str, bytes]) -> bytes:
    rows: list[tuple[object, ...]] = [INDEX_HEADER]
    for path, content in sorted(contents.items()):
        size, digest = len(content), hashlib.sha256(content).hexdigest()
        if path in FACTS:
            url, publisher, note = FACTS[path]
            rows.append((path, url, publisher, "facts", size, digest, OPEN_GOVERNMENT_LICENCE, "false", note))
            continue
        layout = LAYOUT_OF[path.split("/")[0]]
        publisher = f"modelled (layout of {layout})" if layout else "modelled"
        note = "modelled by data_raw/make_sample.py, not real"
        rows.append((path, "", publisher, "modelled", size, digest, "MIT", "true", note))
    return csv_bytes(rows)


def build(folder: Path = SAMPLE) -> int:
    """Replace what is in the folder by a fresh sample; returns how many bytes were written."""
    contents = files()
    if folder.exists():
        shutil.rmtree(folder)
    for path, content in contents.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return sum(map(len, contents.values()))


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE
    print(f"{chosen}: {build(chosen):,} bytes")
