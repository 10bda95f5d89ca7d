"""What an addition costs: each kind is added by what CONTRIBUTING.md says, and by nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipelines import catalogue, sources
from pipelines.catalogue.frames import INDICATOR_COLUMNS
from pipelines.settings import PROJECT
from pipelines.tables.checks import query_check
from pipelines.tables.sql_models import sql_tables

SOURCE = '''"""A made-up publisher."""

from pipelines.sources.contract import Parsed, Resource, Snapshot


def parse(content: bytes, kept: Snapshot) -> Parsed:
    """Never asked here."""
    raise AssertionError


ABOUT = ("Made up.", "https://example.org", "Nobody", "none", "annual")
RESOURCES = (Resource("made_up", "made_up/*.csv", "made_up", *ABOUT, parse),)
'''


def test_an_indicator_is_one_block(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(Path(catalogue.__file__).parent, tmp_path / "catalogue"))
    theme = folder / "indicators" / "mortality.toml"
    block = theme.read_text(encoding="utf-8").split("\n\n[")[1].replace("\n\n", "\n")
    name, _, body = block.partition("]")
    of_its_own = ["fingertips_id = 999999" if line.startswith("fingertips_id") else line for line in body.splitlines()]
    lines = [f"[{name}_again]", *of_its_own]
    theme.write_text(theme.read_text(encoding="utf-8") + "\n\n" + "\n".join(lines) + "\n", encoding="utf-8")
    before, after = catalogue.load(), catalogue.load(folder)
    assert set(after.indicators) - set(before.indicators) == {f"{name}_again"}
    assert catalogue.indicator_frame(after).columns == list(INDICATOR_COLUMNS)


def test_a_source_is_one_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "made_up.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.setattr(sources, "__path__", [*sources.__path__, str(tmp_path)])
    names = {resource.name for resource in sources.resources.__wrapped__()}
    assert "made_up" in names
    assert len(names) > 10


def test_a_table_is_one_sql_file(tmp_path: Path) -> None:
    (tmp_path / "published").mkdir()
    text = "-- One row per area, once more.\nselect area_code from core.area\n"
    (tmp_path / "published" / "area_again.sql").write_text(text, encoding="utf-8")
    (table,) = sql_tables(tmp_path)
    assert (table.name, table.reads, table.grain) == (
        "published.area_again",
        ("core.area",),
        "One row per area, once more.",
    )
    assert table.is_shipped


def test_a_rule_is_one_sql_file(tmp_path: Path) -> None:
    file = tmp_path / "areas_have_names.sql"
    file.write_text(
        "-- Every area has a name.\n-- scope: release\nselect area_code from core.area where area_name = ''\n"
    )
    check = query_check(file, order=["staging.lad_to_region", "core.area"])
    assert (check.name, check.table, check.rule) == ("areas_have_names", "core.area", "Every area has a name.")


def test_no_test_counts_or_lists_the_indicators() -> None:
    """A new block must not make a test of its own necessary; the reference list in ../shared may be counted."""
    count = len(catalogue.load().indicators)
    tests = (PROJECT / "tests").rglob("test_*.py")
    counted = [
        f"{file.name}: {line.strip()}"
        for file in tests
        for line in file.read_text(encoding="utf-8").splitlines()
        if f"== {count}" in line and "len(rows)" not in line
    ]
    assert counted == []
