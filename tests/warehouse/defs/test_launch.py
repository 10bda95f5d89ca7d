"""What a run says of itself."""

from pathlib import Path

from pipelines.defs.launch import Outcome
from pipelines.settings import Settings


def test_optional_files_that_are_absent_are_one_note(sample_place: tuple[Path, Settings, Outcome]) -> None:
    absent = [text for text in sample_place[2].warnings if "not in this input" in text]
    assert len(absent) == 1
    assert "boundaries_uk_multi_vintage" in absent[0]
