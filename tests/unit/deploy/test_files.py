"""The files of `deploy/`: valid for the tools that read them, fenced in, pinned, and calling commands that exist."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.settings import PROJECT

DEPLOY = PROJECT / "deploy"
COMMAND = "/opt/inequality/.venv/bin/inequality"
UNITS = sorted(file for file in (DEPLOY / "systemd").iterdir() if file.suffix in {".service", ".timer"})
SERVICES = [file for file in UNITS if file.suffix == ".service"]
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "docker" / "compose.yaml").read_text())
GUIDE = (PROJECT / "docs" / "deployment.md").read_text(encoding="utf-8")
EXPOSURE = 15
"""Tenths of a point on systemd's scale from 0 (fenced in) to 10."""


def systemd_analyze(*words: str) -> str:
    """What systemd says; its failure is the test's."""
    program = shutil.which("systemd-analyze")
    if not program:
        pytest.skip("systemd is not installed here.")
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units with a command that exists here."""
    for file in UNITS:
        (tmp_path / file.name).write_text(file.read_text().replace(COMMAND, sys.executable))
    return tmp_path


def test_systemd_reads_every_unit(units: Path) -> None:
    assert systemd_analyze("verify", "--man=no", *map(str, units.iterdir())) == ""


@pytest.mark.parametrize("service", [file.name for file in SERVICES])
def test_a_service_can_do_little_beyond_its_work(units: Path, service: str) -> None:
    systemd_analyze("security", "--offline=true", f"--threshold={EXPOSURE}", str(units / service))


@pytest.mark.parametrize("file", SERVICES, ids=lambda file: file.name)
def test_a_service_is_not_root_and_keeps_no_secret(file: Path) -> None:
    lines = file.read_text().splitlines()
    assert "User=inequality" in lines
    assert not [line for line in lines if re.search("password|secret|token", line, re.IGNORECASE)]


@pytest.mark.parametrize(
    ("eve", "nights"),
    [
        ("2026-10-24", ["2026-10-25 02:00:00", "2026-10-26 02:00:00"]),
        ("2027-03-27", ["2027-03-28 01:00:00", "2027-03-29 01:00:00"]),
    ],
    ids=["clocks go back", "clocks go forward"],
)
def test_the_timer_runs_once_on_a_night_on_which_clocks_change(eve: str, nights: list[str]) -> None:
    (when,) = re.findall("^OnCalendar=(.*)$", (DEPLOY / "systemd" / "inequality.timer").read_text(), re.MULTILINE)
    said = systemd_analyze("calendar", f"--base-time={eve} 12:00:00 UTC", "--iterations=2", when)
    assert re.findall(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC", said) == nights


def test_a_failed_run_is_followed_by_what_it_left() -> None:
    text = (DEPLOY / "systemd" / "inequality.service").read_text()
    assert [
        named for named in re.findall("^OnFailure=(.*)$", text, re.MULTILINE) if (DEPLOY / "systemd" / named).is_file()
    ]
    assert "SuccessExitStatus=3" in text.splitlines(), "Deliveries held back are no failure of the run."


def commands() -> list[list[str]]:
    """The arguments of every `inequality` that a file here or the guide calls."""
    texts = [file.read_text() for file in (*SERVICES, DEPLOY / "cron" / "inequality")]
    called = [found for text in texts for found in re.findall(rf"{COMMAND} ([a-z][^\n\")]*?)(?: 2>&1|\n|$)", text)]
    listed = [service["command"] for service in COMPOSE["services"].values() if "command" in service]
    written = re.findall(r"(?:^|[`/ ])inequality ((?:run|ui|daemon|status|sql)\b[^\n`#]*)", GUIDE)
    return [*map(shlex.split, called), *listed, *map(shlex.split, written)]


def test_there_are_commands_to_try() -> None:
    assert len(commands()) >= 10


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_a_command_that_is_called_exists_with_these_options(words: list[str]) -> None:
    result = CliRunner().invoke(app, [*words, "--help"])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_a_container_is_watched_fenced_in_and_open_to_this_machine_only(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["healthcheck"]["test"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert "build" in service or service["image"] == "inequality:local" or is_pinned(service["image"])
    # A password is asked of whoever starts it: none has a default.
    assert all(":?" in text for text in service["environment"].values() if "PASSWORD" in text)


def test_the_database_of_the_containers_reaches_nobody_outside() -> None:
    assert COMPOSE["services"]["postgres"]["networks"] == ["records"]
    assert COMPOSE["networks"]["records"] == {"internal": True}


def is_pinned(image: str) -> bool:
    """Whether an image is named to its last number."""
    return re.fullmatch(r"[a-z]+:\d+\.\d+(\.\d+)?-[a-z-]+", image) is not None


def test_the_image_is_pinned_and_nobody_in_it_is_root() -> None:
    lines = (DEPLOY / "docker" / "Dockerfile").read_text().splitlines()
    assert all(is_pinned(line.split()[1]) for line in lines if line.startswith("FROM "))
    assert [line for line in lines if line.startswith("USER ")][-1] == "USER inequality"
    copied = [word for line in lines if re.match("COPY (?!--from)", line) for word in line.split()[1:-1]]
    assert all((PROJECT / word).exists() for word in copied if not word.startswith("--"))
    installs = re.findall(r"pip install [^\n&]*", "\n".join(lines))
    assert all("--require-hashes" in line or line.endswith("/wheels/*.whl ") or "/wheels/" in line for line in installs)


@pytest.mark.parametrize(("code", "said"), [(0, ""), (1, "what happened\n"), (3, "what happened\n")])
def test_cron_mails_nothing_of_a_good_night_and_everything_of_another(tmp_path: Path, code: int, said: str) -> None:
    stub = tmp_path / "inequality"
    stub.write_text(f"#!/bin/sh\necho what happened >&2\nexit {code}\n")
    stub.chmod(0o755)
    text = (DEPLOY / "cron" / "inequality").read_text()
    (line,) = re.findall(r"^[\d*].*$", text, re.MULTILINE)
    *when, account, command = line.split(maxsplit=6)
    assert (when, account) == (["0", "2", "*", "*", "*"], "inequality")
    # Cron reads an unescaped % as the end of the command.
    assert "%" not in command
    done = subprocess.run(
        ["/bin/sh", "-c", command.replace(COMMAND, str(stub))], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == (said, "")


def test_the_guide_names_every_file_and_every_file_that_it_names_is_there() -> None:
    named = {PROJECT / path for path in re.findall(r"\bdeploy/[\w./-]+\w", GUIDE)}
    assert [path for path in named if not path.exists()] == []
    files = [file for file in DEPLOY.rglob("*") if file.is_file()]
    assert [file for file in files if file not in named and not file.name.endswith(".dockerignore")] == []
