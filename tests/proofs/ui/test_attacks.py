"""A started UI: what another site's page could send is refused, and without `--allow-runs` nothing can be changed."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from pytest_socket import enable_socket, socket_allow_hosts
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

PLACE = 'repositoryName: "__repository__", repositoryLocationName: "pipelines.definitions"'
START = f'mutation {{ startSchedule(scheduleSelector: {{{PLACE}, scheduleName: "every_night"}}) {{ __typename }} }}'
FOUND = "... on Schedules { results { scheduleState { status } } }"
STATE = f"{{ schedulesOrError(repositorySelector: {{{PLACE}}}) {{ {FOUND} }} }}"
LAUNCH = "mutation Launch($run: ExecutionParams!) { launchRun(executionParams: $run) { __typename } }"
RUNS = "{ runsOrError { ... on Runs { results { id } } } }"


@dataclass(frozen=True)
class Ui:
    """A started UI."""

    port: int
    pid: int

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def send(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str]:
        """One request with exactly these headers. Returns the status and the text of the answer."""
        given = {"Host": self.address} | {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in (given | {"Content-Length": str(len(body.encode()))}).items():
                connection.putheader(name, value)
            connection.endheaders(body.encode())
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def ask(self, query: str, **variables: object) -> tuple[int, Any]:
        """A question as Dagster's own pages send it."""
        status, text = self.send(
            "POST",
            "/graphql?op=Asked",
            json.dumps({"query": query, "variables": variables}),
            Content_Type="application/json",
            Origin=f"http://{self.address}",
            Sec_Fetch_Site="same-origin",
        )
        return status, json.loads(text)

    def launch(self, **options: object) -> str:
        """Ask for a run with these options. Returns the kind of answer."""
        run = {
            "selector": {
                "repositoryName": "__repository__",
                "repositoryLocationName": "pipelines.definitions",
                "jobName": "nightly",
            },
            "runConfigData": {"resources": {"run_options": {"config": options}}},
        }
        status, answer = self.ask(LAUNCH, run=run)
        assert status == 200, answer
        return str(answer["data"]["launchRun"]["__typename"])

    def runs(self) -> int:
        return len(self.ask(RUNS)[1]["data"]["runsOrError"]["results"])

    def schedule(self) -> str:
        found = self.ask(STATE)[1]["data"]["schedulesOrError"]["results"]
        return str(found[0]["scheduleState"]["status"])


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(place: Path, *words: str) -> Iterator[Ui]:
    """The UI of an empty warehouse, started by the command."""
    # A fixture of a whole module is made before the fixtures of its first test, `loopback` among them.
    enable_socket()
    socket_allow_hosts(["127.0.0.1"])
    port = a_free_port()
    environment = os.environ | {"INEQUALITY_WAREHOUSE": str(place / "w"), "INEQUALITY_SNAPSHOTS": str(place / "s")}
    command = [sys.executable, "-m", "pipelines.cli", "ui", "--port", str(port), *words]
    child = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    ui = Ui(port, child.pid)
    try:
        until = time.monotonic() + 120
        while True:
            try:
                ui.send("GET", "/server_info")
                break
            except OSError:
                assert child.poll() is None, child.communicate()[0]
                assert time.monotonic() < until, "The UI did not start within two minutes."
                time.sleep(0.2)
        yield ui
    finally:
        child.send_signal(signal.SIGTERM)
        said, _ = child.communicate(timeout=60)
    assert child.returncode == 0, said
    assert "Warning" not in said, said


@pytest.fixture(scope="module")
def looking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    """The UI as `make ui` starts it."""
    with started(tmp_path_factory.mktemp("looking")) as ui:
        yield ui


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    """The UI that may start runs; without a daemon they wait in the queue."""
    with started(tmp_path_factory.mktemp("running"), "--allow-runs", "--separate-daemon") as ui:
        yield ui


pytestmark = pytest.mark.usefixtures("loopback")
EVIL = "http://evil.example"
IN_THE_ADDRESS = f"/graphql?query={quote(START)}"
IN_THE_BODY = json.dumps({"query": START})
ATTACKS: dict[str, tuple[str, str, str, dict[str, str], int]] = {
    "a form of another site": ("POST", IN_THE_ADDRESS, "", {"Content_Type": "text/plain", "Origin": EVIL}, 403),
    "the same from a sandbox": ("POST", IN_THE_ADDRESS, "", {"Content_Type": "text/plain", "Origin": "null"}, 403),
    "the same without a word of origin": ("POST", IN_THE_ADDRESS, "", {"Content_Type": "text/plain"}, 415),
    "JSON that is called text": ("POST", "/graphql", IN_THE_BODY, {"Content_Type": "text/plain;application/json"}, 415),
    "no type at all": ("POST", "/graphql", IN_THE_BODY, {}, 415),
    "JSON of another site": (
        "POST",
        "/graphql",
        IN_THE_BODY,
        {"Content_Type": "application/json", "Origin": EVIL},
        403,
    ),
    "JSON of another service here": (
        "POST",
        "/graphql",
        IN_THE_BODY,
        {"Content_Type": "application/json", "Origin": "http://127.0.0.1:8888", "Sec_Fetch_Site": "same-site"},
        403,
    ),
    "JSON whose query is in the address, too": (
        "POST",
        IN_THE_ADDRESS,
        "{}",
        {"Content_Type": "application/json"},
        400,
    ),
    "an image": ("GET", IN_THE_ADDRESS, "", {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Dest": "image"}, 403),
    "a link": ("GET", IN_THE_ADDRESS, "", {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Dest": "document"}, 400),
    "an image of an old browser": ("GET", IN_THE_ADDRESS, "", {}, 400),
    "a name that was made to lead here": ("GET", "/", "", {"Host": "evil.example"}, 403),
    "the same with our port": ("POST", "/graphql", IN_THE_BODY, {"Host": "evil.example:3000", "Origin": EVIL}, 403),
    "leave to send JSON": (
        "OPTIONS",
        "/graphql",
        "",
        {"Origin": EVIL, "Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "content-type"},
        403,
    ),
    "a frame": ("GET", "/", "", {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Dest": "iframe"}, 403),
}


@pytest.mark.parametrize("what", ATTACKS)
def test_an_attack_is_refused_even_where_runs_are_allowed(running: Ui, what: str) -> None:
    method, path, body, headers, expected = ATTACKS[what]
    before = running.runs()
    assert running.send(method, path, body, **headers)[0] == expected
    assert (running.schedule(), running.runs()) == ("STOPPED", before)


def test_a_websocket_opens_for_our_own_page_only(running: Ui) -> None:
    address, spoken = f"ws://{running.address}/graphql", [Subprotocol("graphql-ws")]
    with pytest.raises(InvalidStatus, match="403"), connect(address, origin=Origin(EVIL), subprotocols=spoken):
        pass
    with connect(address, origin=Origin(f"http://{running.address}"), subprotocols=spoken) as ours:
        ours.send(json.dumps({"type": "connection_init"}))
        assert json.loads(ours.recv(timeout=10)) == {"type": "connection_ack"}


def test_only_this_machine_can_connect(looking: Ui) -> None:
    lines = [line.split() for file in ("tcp", "tcp6") for line in Path(f"/proc/net/{file}").read_text().splitlines()]
    listening = [line[1] for line in lines[1:] if line[3] == "0A" and line[1].endswith(f":{looking.port:04X}")]
    assert listening == [f"0100007F:{looking.port:04X}"]


def test_the_pages_are_there_to_look_at(looking: Ui) -> None:
    assert looking.send("GET", "/")[0] == 200
    assert looking.send("GET", "/", Host=f"localhost:{looking.port}")[0] == 200
    assert looking.schedule() == "STOPPED"


@pytest.mark.parametrize("query", [START, "mutation { setNuxSeen }", "mutation { __typename }"])
def test_without_leave_for_runs_nothing_can_be_changed(looking: Ui, query: str) -> None:
    status, answer = looking.ask(query)
    assert (status, answer["data"]) == (400, None)
    assert "--allow-runs" in answer["errors"][0]["message"]
    assert looking.schedule() == "STOPPED"


def test_without_leave_for_runs_no_event_can_be_reported(looking: Ui) -> None:
    path = "/report_asset_materialization/core/area"
    assert looking.send("POST", path, "{}", Content_Type="application/json")[0] == 405


def test_without_leave_for_runs_a_websocket_changes_nothing_either(looking: Ui) -> None:
    address, spoken = f"ws://{looking.address}/graphql", [Subprotocol("graphql-ws")]
    with connect(address, origin=Origin(f"http://{looking.address}"), subprotocols=spoken) as ours:
        ours.send(json.dumps({"type": "start", "id": "1", "payload": {"query": START}}))
        assert json.loads(ours.recv(timeout=10))["type"] == "error"
    assert looking.schedule() == "STOPPED"


def test_a_run_that_overrules_checks_cannot_be_asked_for(running: Ui) -> None:
    before = running.runs()
    assert running.launch(run_from="sample", force="We want it out tonight") == "RunConfigValidationInvalid"
    assert running.runs() == before
    assert running.launch(run_from="sample") == "LaunchRunSuccess", "The same words without `force` ask for one."
    assert running.runs() == before + 1
