"""The code that the newest lookups use is ours; the other one is the alias."""

from pathlib import Path

import pytest

from tests.unit.sql.given import asked


@pytest.mark.parametrize(
    ("years", "ours"),
    [
        ({"E08000016": 2024}, "E08000016"),
        ({"E08000016": 2024, "E08000038": 2025}, "E08000038"),
        ({"E08000016": 2024, "E08000038": 2024}, "E08000016"),
    ],
)
def test_barnsley_goes_by_the_code_of_the_newest_lookup(tmp_path: Path, years: dict[str, int], ours: str) -> None:
    vintage = [{"area_code": code, "year": year} for code, year in years.items()]
    found = asked(tmp_path, "core/area_alias.sql", core__area_vintage=vintage)
    assert [row["area_code"] for row in found if "E08000016" in row.values()] == [ours]
