"""Alerts: once for each cause and once when it is over, to every destination, and without a secret anywhere."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.alerts.causes import Cause, Kind, causes_of
from pipelines.alerts.destinations import destinations
from pipelines.alerts.message import MOST_CAUSES, message_of
from pipelines.alerts.tell import Sent, tell, try_out
from pipelines.alerts.told import FILE, News, told
from pipelines.cli.app import app
from pipelines.notes import Kind as About
from pipelines.notes import Note
from pipelines.release.query import NothingPublished, ReleaseFacts
from pipelines.settings import Settings
from pipelines.status.health import Health, SourceState
from pipelines.status.runs import Ended, Fault, Outcome

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RELEASE = ReleaseFacts("1", NOW, "live", "publisher", (), (), None)
NO_ROOM = Fault("The disk is full.", "disk")
GONE = Fault("The publisher is gone.", "gone")
HELD = Note(About.HELD_BACK, path="a.csv", label="totals_agree", cause="They do not.")
LATE = SourceState("b.csv", "late", "The same for 500 days.")


def found(*faults: Fault, held: tuple[Note, ...] = (), late: tuple[SourceState, ...] = (), hours: float = 7) -> Health:
    outcome = Outcome.FAILED if faults else Outcome.PUBLISHED
    return Health(
        looked_at=NOW,
        release=RELEASE,
        fault=None,
        is_first=False,
        confirmed_at=NOW - timedelta(hours=hours),
        fresh_for=timedelta(hours=36),
        last=Ended(outcome, NOW, faults=faults),
        at_work=None,
        troubles=(),
        held_back=held,
        sources=late,
        is_log_damaged=False,
    )


class Inbox:
    """What a webhook on this machine received, and how it answers."""

    def __init__(self) -> None:
        self.got: list[dict[str, str]] = []
        self.answer = 200

    @contextmanager
    def open(self) -> Iterator[str]:
        inbox = self

        class Take(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                inbox.got += [json.loads(body)] if inbox.answer == 200 else []
                self.send_response(inbox.answer)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        with HTTPServer(("127.0.0.1", 0), Take) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            yield f"json://ann:topsecret@127.0.0.1:{server.server_port}/hooktoken"
            server.shutdown()
            thread.join()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def here(tmp_path: Path, inbox: Inbox, loopback: None) -> Iterator[Settings]:
    with inbox.open() as address:
        yield Settings(warehouse=tmp_path, alerts=address)


def test_a_cause_is_told_once_and_once_more_when_it_is_over(here: Settings, inbox: Inbox) -> None:
    for night in (found(), found(NO_ROOM), found(NO_ROOM), found(NO_ROOM), found(), found()):
        assert tell(here, night).failures == ()
    titles = [message["title"] for message in inbox.got]
    assert titles == [
        "inequality-pipelines: the nightly run did not end well",
        "inequality-pipelines: recovered: all is well again",
    ]
    assert "The disk is full." in inbox.got[0]["message"]
    assert [message["type"] for message in inbox.got] == ["failure", "success"]


def test_another_cause_is_told_and_neither_is_over_before_a_run_ends_well(here: Settings, inbox: Inbox) -> None:
    for night in (found(NO_ROOM), found(GONE), found(NO_ROOM), found()):
        tell(here, night)
    assert [("disk" in m["message"], "gone" in m["message"]) for m in inbox.got] == [
        (True, False),
        (False, True),
        (True, True),
    ]
    assert "Told before and not over: 1." in inbox.got[1]["message"]


def test_what_is_held_back_or_late_and_a_release_too_old_have_a_message_each(here: Settings, inbox: Inbox) -> None:
    for night in (found(held=(HELD,)), found(held=(HELD,), late=(LATE,)), found(hours=40), found()):
        tell(here, night)
    assert [message["title"].partition(": ")[2] for message in inbox.got] == [
        "deliveries are held back",
        "sources are late or stale",
        "the release is too old",
        "recovered: all is well again",
    ]
    assert "a.csv is held back" in inbox.got[0]["message"]
    assert "b.csv: late: The same for 500 days." in inbox.got[1]["message"]


def test_a_host_that_does_not_answer_is_one_line_and_over_in_one(here: Settings, inbox: Inbox) -> None:
    error = "2 days old. HTTPSConnectionPool(host='down.example'): Max retries exceeded"
    stale = tuple(SourceState(f"{n}.csv", "stale", error, "down.example", "2026-03-01") for n in range(40))
    for night in (found(late=stale), found(late=stale[1:]), found()):
        tell(here, night)
    dead, well = inbox.got
    assert dead["title"].endswith(": a publisher did not answer")
    assert dead["message"].startswith(
        "No answer:\n- down.example did not answer. 40 taken from the last good snapshot (as of 2026-03-01): "
        "0.csv, 1.csv, 2.csv, 3.csv, 4.csv, and 35 more.\n\nOn "
    )
    assert well["message"].startswith("Over:\n- down.example: did not answer\n\nOn ")


def test_a_delivery_held_back_is_told_under_that_alone(here: Settings, inbox: Inbox) -> None:
    stand_in = SourceState("a.csv", "stale", "Held back: totals_agree. This one stands in.")
    tell(here, found(held=(HELD,), late=(stand_in, LATE)))
    (message,) = (one["message"] for one in inbox.got)
    assert message.count("a.csv") == 1
    assert "b.csv: late" in message


def test_what_is_over_is_named_and_its_cause_not_repeated(here: Settings, inbox: Inbox) -> None:
    failed = Fault("The disk is full.\n  where: here", "disk")
    tell(here, found(failed, held=(replace(HELD, cause="x" * 500),), late=(LATE,), hours=40))
    tell(here, found())
    assert inbox.got[1]["message"].startswith(
        "Over:\n- failed: The disk is full.\n- the release was too old\n- a.csv: held back, totals_agree\n"
        "- b.csv: late\n\nOn "
    )


def test_a_cause_that_an_earlier_version_told_is_over_by_its_first_line(here: Settings, inbox: Inbox) -> None:
    tell(here, found(Fault("The disk is full.\n  where: here", "disk")))
    said = json.loads((here.warehouse / FILE).read_text())
    said["open"] = [{name: one[name] for name in ("kind", "key", "text")} for one in said["open"]]
    (here.warehouse / FILE).write_text(json.dumps(said))
    tell(here, found())
    assert inbox.got[1]["message"].startswith("Over:\n- failed: The disk is full.\n\nOn ")


def test_a_run_dated_in_the_future_is_named_and_not_called_too_old(here: Settings, inbox: Inbox) -> None:
    for hours in (-2.0, -2.0, 7.0):
        tell(here, found(hours=hours))
    ahead, well = inbox.got
    assert ahead["title"].endswith(": a run is dated in the future")
    assert "The last run is dated 2026-03-02 11:00 UTC, which this machine's clock has not reached" in ahead["message"]
    assert "too old" not in ahead["message"]
    assert "Over:\n- a run was dated in the future" in well["message"]


def test_what_nobody_took_is_told_again(here: Settings, inbox: Inbox) -> None:
    inbox.answer = 500
    sent = tell(here, found(NO_ROOM))
    assert len(sent.failures) == 1
    assert told(here.warehouse).failures == sent.failures
    inbox.answer = 200
    assert tell(here, found(NO_ROOM)).failures == ()
    assert len(inbox.got) == 1
    assert told(here.warehouse).failures == ()


def test_no_secret_is_said_written_or_logged(
    here: Settings, inbox: Inbox, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    inbox.answer = 403
    sent = tell(here, found(NO_ROOM))
    assert sent.failures[0].startswith("destination 1 (json): ")
    inbox.answer = 200
    tell(here, found(NO_ROOM))
    written = "".join(file.read_text() for file in here.warehouse.iterdir() if file.is_file())
    shown = f"{sent} {here!r} {destinations(here)} {written} {caplog.text} {''.join(capfd.readouterr())} {inbox.got}"
    for secret in ("topsecret", "hooktoken", "ann:"):
        assert secret not in shown


REFUSED = {
    "no address": ("nonsense", "no address that Apprise knows"),
    "in the open": ("json://hooks.example/topsecret", "is not encrypted"),
    "unchecked": ("jsons://hooks.example/topsecret?verify=no", "turns the check of certificates off"),
    "unknown": ("smoke://topsecret@hill", "no address that Apprise knows"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_an_address_that_is_not_safe_is_refused_by_its_place(tmp_path: Path, what: str) -> None:
    address, why = REFUSED[what]
    (failure,) = try_out(Settings(warehouse=tmp_path, alerts=address)).failures
    assert why in failure
    assert "destination 1 (" in failure
    assert "topsecret" not in failure


def test_addresses_come_from_a_file_too(tmp_path: Path) -> None:
    file = tmp_path / "alerts"
    file.write_text("# who is on duty\n\nslack://a/b/c\n  mailtos://ann:pw@mail.example \n")
    known = destinations(Settings(alerts="jsons://x.example", alerts_file=file))
    assert [one.name for one in known] == ["destination 1 (jsons)", "destination 2 (slack)", "destination 3 (mailtos)"]


def test_nothing_is_told_or_written_where_there_is_no_destination(tmp_path: Path) -> None:
    assert tell(Settings(warehouse=tmp_path), found(NO_ROOM)) == Sent("", 0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["{", "[]", '{"open": [{}], "sent_at": null, "failures": []}', "\x00"])
def test_a_damaged_memory_tells_everything_again(here: Settings, inbox: Inbox, text: str) -> None:
    (here.warehouse / FILE).write_text(text)
    tell(here, found(NO_ROOM))
    tell(here, found(NO_ROOM))
    assert len(inbox.got) == 1


def test_a_warehouse_before_its_first_run_has_nothing_to_tell() -> None:
    first = Health(
        **{**vars(found()), "release": None, "fault": NothingPublished("None."), "is_first": True, "last": None}
    )
    assert causes_of(first) == []


def test_many_causes_are_one_message_that_can_be_read(tmp_path: Path) -> None:
    many = tuple(Cause(Kind.SOURCE, str(n), f"{n}.csv: stale: {'x' * 2000}", f"{n}.csv: stale") for n in range(300))
    text = message_of(News(many, (), many), warehouse=tmp_path, machine="here").text
    assert f"and {300 - MOST_CAUSES} more" in text
    assert len(text) < 8000


def test_the_command_tries_a_destination(here: Settings, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INEQUALITY_WAREHOUSE", str(here.warehouse))
    monkeypatch.setenv("INEQUALITY_ALERTS", here.alerts)
    result = CliRunner().invoke(app, ["alert", "--test"])
    assert (result.exit_code, inbox.got[0]["title"]) == (0, "inequality-pipelines: a trial")
    inbox.answer = 500
    result = CliRunner().invoke(app, ["alert", "--test"])
    assert result.exit_code == 1
    assert "topsecret" not in result.output
    monkeypatch.delenv("INEQUALITY_ALERTS")
    result = CliRunner().invoke(app, ["alert"])
    assert (result.exit_code, "There is no destination" in result.output) == (2, True)
