"""Dagster's home: nothing is ever sent, a file of ours is renewed, and a person's own stays."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import pytest
import yaml
from dagster_shared.telemetry import get_telemetry_enabled_from_dagster_yaml

from pipelines.defs.home import dagster_instance, is_ours, own_file_named, prepare_home, written
from pipelines.notes import words
from pipelines.settings import PROJECT, Settings


@pytest.mark.parametrize("said", [None, "", "\n", "{}", "# mine\nretention:\n  schedule:\n    purge_after_days: 90\n"])
def test_telemetry_is_off_by_file_and_by_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str | None
) -> None:
    for name in ("DAGSTER_HOME", "DAGSTER_DISABLE_TELEMETRY"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    here = Settings(warehouse=tmp_path)
    if said is not None:
        here.dagster_home.mkdir()
        (here.dagster_home / "dagster.yaml").write_text(said)
    home = prepare_home(here)
    assert os.environ["DAGSTER_DISABLE_TELEMETRY"]
    assert not get_telemetry_enabled_from_dagster_yaml()
    text = (home / "dagster.yaml").read_text()
    assert "purge_after_days: 90" in text or "purge" not in (said or "")
    prepare_home(here)
    assert (home / "dagster.yaml").read_text() == text


FIRST = "# Written by `inequality`. No figures leave this machine.\ntelemetry:\n  enabled: false\n"
OF_ANOTHER_VERSION = written().replace("90", "30")
EARLIER = {
    "the first": FIRST,
    "the second": f"{FIRST}nux:\n  enabled: false\n",
    "a marked one": OF_ANOTHER_VERSION.replace(re.findall(r"\((.*)\)", written())[0], "DIGEST"),
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in ("DAGSTER_HOME", "DAGSTER_DISABLE_TELEMETRY"):
        monkeypatch.setenv(name, "")
    here = Settings(warehouse=tmp_path)
    here.dagster_home.mkdir()
    return here


@pytest.mark.parametrize("what", EARLIER)
def test_a_file_that_an_earlier_version_wrote_is_renewed(home: Settings, what: str) -> None:
    body = EARLIER[what].partition("\n")[2]
    digest = hashlib.sha256(body.encode()).hexdigest()[:16]
    file = home.dagster_home / "dagster.yaml"
    file.write_text(EARLIER[what].replace("DIGEST", digest))
    prepare_home(home)
    assert file.read_text() == written()
    assert own_file_named(home) == []


@pytest.mark.parametrize("said", [f"{FIRST}# mine\n", OF_ANOTHER_VERSION])
def test_a_file_that_a_person_changed_stays(home: Settings, said: str) -> None:
    file = home.dagster_home / "dagster.yaml"
    file.write_text(said)
    prepare_home(home)
    assert file.read_text() == said
    assert not is_ours(said)


def test_what_a_persons_own_file_lacks_is_said_once(home: Settings) -> None:
    file = home.dagster_home / "dagster.yaml"
    file.write_text(f"{FIRST}# mine\nconcurrency:\n  runs:\n    max_concurrent_runs: 2\n")
    (note,) = own_file_named(home)
    assert "says nothing of event_log_storage, without which" in words(note)
    assert own_file_named(home) == []
    file.write_text(f"{FIRST}# changed again\n")
    assert [note.names for note in own_file_named(home)] == [("event_log_storage", "concurrency")]
    file.write_text((PROJECT / "deploy" / "dagster.yaml").read_text())
    assert own_file_named(home) == []


def test_one_run_is_at_work_at_a_time_by_our_file_and_by_that_for_postgres(home: Settings) -> None:
    with dagster_instance(home) as instance:
        assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 1
    said = yaml.safe_load((PROJECT / "deploy" / "dagster.yaml").read_text())
    assert said["concurrency"]["runs"]["max_concurrent_runs"] == 1
