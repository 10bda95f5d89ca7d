"""Settings: defaults of a fresh clone, the variables that change them, and the one that is no number."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from pipelines import settings
from pipelines.settings import PROJECT

REPOSITORY = PROJECT


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("INEQUALITY_")]:
        monkeypatch.delenv(name)


def test_a_fresh_clone_needs_no_variable() -> None:
    here = settings.load()
    assert here == settings.Settings()
    assert here.sample == REPOSITORY / "data_raw" / "sample"
    assert here.snapshots == REPOSITORY / "data_raw" / "snapshots"
    assert here.warehouse == REPOSITORY / "warehouse"
    assert (here.threads, here.run_from, here.keep_releases) == (0, None, 14)
    assert here.sample.is_dir()
    assert here.sql.is_dir()
    assert here.expectations.is_dir()


def test_what_a_warehouse_holds_moves_with_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("INEQUALITY_WAREHOUSE", str(tmp_path / "w"))
    monkeypatch.setenv("INEQUALITY_SNAPSHOTS", str(tmp_path / "s"))
    here = settings.load()
    assert here.tables == tmp_path / "w" / "tables"
    assert here.dagster_home == tmp_path / "w" / ".dagster"
    assert here.snapshots == tmp_path / "s"


def test_a_relative_path_is_taken_from_where_the_command_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INEQUALITY_WAREHOUSE", "mine")
    assert settings.load().warehouse == tmp_path.resolve() / "mine"


def test_numbers_and_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INEQUALITY_THREADS", "3")
    monkeypatch.setenv("INEQUALITY_KEEP_RELEASES", "2")
    monkeypatch.setenv("INEQUALITY_FROM", "live")
    here = settings.load()
    assert (here.threads, here.keep_releases, here.run_from) == (3, 2, "live")


def test_an_empty_variable_is_one_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WAREHOUSE", "SNAPSHOTS", "THREADS", "KEEP_RELEASES", "FROM", "PUBLISHER_BASE", "CONTACT"):
        monkeypatch.setenv(f"INEQUALITY_{name}", "")
    assert settings.load() == settings.Settings()


@pytest.mark.parametrize("name", ["INEQUALITY_THREADS", "INEQUALITY_KEEP_RELEASES"])
@pytest.mark.parametrize("text", ["many", "-1", "1.5", "\u00b2"])
def test_a_number_that_is_none_names_its_variable(monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(settings.SettingsInvalid, match=rf"{name} must be a whole number, found"):
        settings.load()


def test_a_mirror_and_a_contact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INEQUALITY_PUBLISHER_BASE", "https://mirror.example:8443/public/")
    monkeypatch.setenv("INEQUALITY_CONTACT", "An institute +https://institute.example/health")
    here = settings.load()
    assert here.publisher_base == "https://mirror.example:8443/public"
    assert here.contact == "An institute +https://institute.example/health"


@pytest.mark.parametrize(
    "text",
    ["http://mirror.example", "mirror.example", "https://", "https://a:b@mirror.example", "https://m.example?a=1"],
)
def test_a_mirror_is_an_https_address(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("INEQUALITY_PUBLISHER_BASE", text)
    with pytest.raises(settings.SettingsInvalid, match="INEQUALITY_PUBLISHER_BASE must be an https address"):
        settings.load()


@pytest.mark.parametrize(
    "text",
    ["An institute", "me@institute.example +https://institute.example", "A +ftp://a.example", "A\r\nB +https://a"],
)
def test_a_contact_has_the_form_that_publishers_ask_for(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("INEQUALITY_CONTACT", text)
    with pytest.raises(settings.SettingsInvalid, match="INEQUALITY_CONTACT must be `organisation"):
        settings.load()


@pytest.mark.parametrize("odd", ["*", "?", "[", "]", "%"])
def test_a_warehouse_that_others_would_misread_is_refused(monkeypatch: pytest.MonkeyPatch, odd: str) -> None:
    monkeypatch.setenv("INEQUALITY_WAREHOUSE", f"/srv/a{odd}b")
    with pytest.raises(settings.SettingsInvalid, match=r"INEQUALITY_WAREHOUSE must be a folder without any of") as said:
        settings.load()
    assert f"found {odd} in '/srv/a{odd}b'" in str(said.value)


@pytest.mark.parametrize(
    ("unknown", "advice"),
    [
        ("INEQUALITY_WAREHUOSE", "Did you mean INEQUALITY_WAREHOUSE?"),
        ("INEQUALITY_KEEP_RELEASE", "Did you mean INEQUALITY_KEEP_RELEASES?"),
        ("INEQUALITY_COLOUR", "Known are INEQUALITY_ALERTS, INEQUALITY_"),
    ],
)
def test_a_variable_that_nobody_reads_is_named(monkeypatch: pytest.MonkeyPatch, unknown: str, advice: str) -> None:
    monkeypatch.setenv(unknown, "x")
    with pytest.raises(settings.SettingsInvalid, match=f"There is no variable {unknown}. {re.escape(advice)}"):
        settings.load()
    monkeypatch.setenv(unknown, "")
    assert settings.load() == settings.Settings()


def test_every_variable_is_explained() -> None:
    guide = (PROJECT / "docs" / "deployment.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `INEQUALITY_(\w+)`", guide, re.MULTILINE) == [*settings.VARIABLES]


def test_a_password_in_the_address_of_a_mirror_is_refused_and_not_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INEQUALITY_PUBLISHER_BASE", "https://ann:topsecret@mirror.example")
    with pytest.raises(settings.SettingsInvalid) as raised:
        settings.load()
    assert "topsecret" not in str(raised.value)
