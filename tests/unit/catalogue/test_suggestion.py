"""The block to paste for an unknown indicator is TOML, and is refused until somebody has reviewed it."""

import shutil
import tomllib

import pytest

from pipelines import catalogue
from pipelines.catalogue import CatalogueInvalid, suggest_block


def test_a_suggested_block_carries_what_is_known():
    text = suggest_block(22001, 'C24a - Breast "screening"\n coverage', unit="%", category_types=["LSOA11  deciles"])
    (slug, block), *others = tomllib.loads(text).items()
    assert (slug, others) == ("breast_screening_coverage", [])
    assert (block["fingertips_id"], block["unit"], block["phof"]) == (22001, "%", "C24a")
    assert block["title"] == 'Breast "screening" coverage'
    assert block["published_breakdowns"] == "LSOA11 deciles"
    assert block["polarity"] == "REVIEW"


def test_a_name_that_makes_no_slug_is_named_by_its_id():
    assert suggest_block(7, "65+ falls").startswith("[indicator_7]\n")
    assert suggest_block(7, "Falls", taken=["falls"]).startswith("[falls_7]\n")


def test_the_loader_refuses_every_field_that_nobody_reviewed(tmp_path):
    real = catalogue.FOLDER
    suggested = suggest_block(99999, "Happy otters")
    for name in catalogue.FILES:
        shutil.copy(real / name, tmp_path)
    shutil.copytree(real / "indicators", tmp_path / "indicators")
    with (tmp_path / "indicators" / "mortality.toml").open("a", encoding="utf-8") as file:
        file.write("\n" + suggested)
    with pytest.raises(CatalogueInvalid) as raised:
        catalogue.load(tmp_path)
    waiting = {key for key, value in tomllib.loads(suggested)["happy_otters"].items() if "REVIEW" in str(value)}
    assert len(waiting) > 15
    assert {fault.key for fault in raised.value.faults} == waiting
    assert {(fault.file, fault.block) for fault in raised.value.faults} == {
        ("indicators/mortality.toml", "happy_otters")
    }
