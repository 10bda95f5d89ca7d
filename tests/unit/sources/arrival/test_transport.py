"""The one way in from the network, against a TLS server on this machine: how it asks, waits, gives up and refuses.

What an answer may look like is the table of `tests/proofs/publisher/faults.py`; here is what the table cannot show.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from pipelines.sources.arrival import transport
from pipelines.sources.arrival.transport import Transport, client
from pipelines.sources.arrival.transport.address import after_redirect, mirror_address
from pipelines.sources.arrival.transport.answer import kind_of, refuse_start, refuse_type
from pipelines.sources.arrival.transport.body import PIECE, unpacked
from pipelines.sources.arrival.transport.pace import Pace, seconds_to_wait
from pipelines.sources.contract import SourceUnavailable
from tests.proofs.publisher.faults import First, redirect, status
from tests.proofs.publisher.outcome import START, Clock, quick_transport, trusting
from tests.proofs.publisher.server import Answer, Publisher, packed

URL = "https://publisher.example/folder/a.csv?edition=1"
BODY = b"a,b\n1,2\n"


@pytest.fixture
def publisher(tmp_path: Path, loopback: None) -> Iterator[Publisher]:
    """A server that serves one file at URL, and is trusted."""
    (tmp_path / "served").mkdir()
    (tmp_path / "served/a.csv").write_bytes(BODY)
    made = Publisher(tmp_path / "served", tmp_path, places={URL.removeprefix("https://"): "a.csv"})
    with made.open(), trusting(made):
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ours(publisher: Publisher, clock: Clock) -> Transport:
    return quick_transport(publisher, clock)


def test_a_body_comes_to_a_file_with_its_hash_and_what_to_ask_with_next_time(ours: Transport, tmp_path: Path) -> None:
    received = ours.fetch(URL, into=tmp_path / "in", kind="csv")
    assert received
    assert received.file.parent == tmp_path / "in"
    assert received.file.read_bytes() == BODY
    assert (received.bytes, received.tries, received.etag[:1]) == (len(BODY), 1, '"')
    assert len(received.sha256) == 64
    assert ours.fetch(URL, into=tmp_path / "in", kind="csv", etag=received.etag) is None


def test_bytes_in_hand_are_asked_for_by_date_too(ours: Transport, publisher: Publisher, tmp_path: Path) -> None:
    ours.fetch(URL, into=tmp_path, etag='"old"', last_modified="Sun, 01 Nov 2026 00:00:00 GMT")
    assert [asked.conditional for asked in publisher.asked] == [True]


def test_not_modified_is_no_answer_to_a_question_without_a_condition(
    ours: Transport, publisher: Publisher, tmp_path: Path
) -> None:
    publisher.faults = {"": status(304)}
    with pytest.raises(SourceUnavailable, match=r"304 .*expected 200"):
        ours.fetch(URL, into=tmp_path)


def test_we_say_who_asks(publisher: Publisher, tmp_path: Path) -> None:
    named = Transport(publisher_base=publisher.base, contact="An institute +https://institute.example/")
    named.fetch(URL, into=tmp_path)
    quick_transport(publisher, Clock()).fetch(URL, into=tmp_path)
    first, second = (asked.agent for asked in publisher.asked)
    assert first.startswith("inequality-pipelines/")
    assert first.endswith(" (An institute +https://institute.example/)")
    assert "INEQUALITY_CONTACT" in second


@pytest.mark.parametrize(
    "url",
    ["http://a.example/", "ftp://a.example/a", "file:///etc/hosts", "HTTP://a.example/", "", "https:/one-slash",
     "https://", "https://user:word@a.example/", "https://a.example:port/", "https://[::1/"],
)  # fmt: skip
def test_any_address_but_https_is_refused_without_asking(url: str, tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="not an https address"):
        Transport().fetch(url, into=tmp_path)


def test_nothing_is_ever_sent_unverified_or_without_timeouts(publisher: Publisher, ours: Transport) -> None:
    session = ours._session
    for wrong in ({"verify": False, "timeout": (1, 1)}, {"timeout": None}, {"timeout": (1, None)}, {}):
        with pytest.raises(ValueError, match="never sent"):
            session.get(mirror_address(publisher.base, URL), **wrong)
    with pytest.raises(requests.exceptions.InvalidSchema):
        session.get("http://127.0.0.1:1/", timeout=(1, 1))
    assert publisher.asked == []


def test_passwords_on_this_machine_are_not_sent(
    publisher: Publisher, ours: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    prepared = ours._session.prepare_request(requests.Request("GET", f"{publisher.base}/a"))
    assert "Authorization" not in prepared.headers


def test_waits_grow_and_differ(publisher: Publisher, tmp_path: Path) -> None:
    publisher.faults = {"": status(503)}
    slept = []
    for _ in range(2):
        clock = Clock()
        with pytest.raises(SourceUnavailable, match="after 5 tries"):
            quick_transport(publisher, clock).fetch(URL, into=tmp_path)
        assert len(clock.slept) == 4
        assert all(low <= wait <= low + 1 for wait, low in zip(clock.slept, (1, 2, 4, 8), strict=True))
        slept.append(clock.slept)
    assert slept[0] != slept[1]


def test_a_date_and_seconds_of_retry_after_are_obeyed(
    publisher: Publisher, ours: Transport, clock: Clock, tmp_path: Path
) -> None:
    publisher.faults = {"": First(1, status(429, Retry_After="Sun, 01 Nov 2026 03:01:30 GMT"))}
    assert ours.fetch(URL, into=tmp_path)
    publisher.faults = {"": First(1, status(503, Retry_After="45"))}
    assert ours.fetch(URL, into=tmp_path)
    assert [wait for wait in clock.slept if wait > 1] == [90, 45]


def test_a_host_that_asks_for_too_long_is_left_alone_until_then(
    publisher: Publisher, ours: Transport, clock: Clock, tmp_path: Path
) -> None:
    publisher.faults = {"": First(1, status(429, Retry_After="3600"))}
    with pytest.raises(SourceUnavailable, match="asks to wait 3,600 s, and we wait 300 s at most"):
        ours.fetch(URL, into=tmp_path)
    clock.seconds += 3000
    with pytest.raises(
        SourceUnavailable, match=r"was not asked: publisher\.example asked to be left alone for 600 more"
    ):
        ours.fetch(URL, into=tmp_path)
    assert len(publisher.asked) == 1
    clock.seconds += 601
    assert ours.fetch(URL, into=tmp_path)


def test_a_host_that_is_down_is_tried_once_an_address_until_it_answers(
    publisher: Publisher, ours: Transport, tmp_path: Path
) -> None:
    publisher.faults = {"": status(429)}
    for tries in ("5 tries", "1 try"):
        with pytest.raises(SourceUnavailable, match=f"after {tries}"):
            ours.fetch(URL, into=tmp_path)
    publisher.faults = {}
    assert ours.fetch(URL, into=tmp_path)
    publisher.faults = {"": status(429)}
    with pytest.raises(SourceUnavailable, match="after 5 tries"):
        ours.fetch(URL, into=tmp_path)


def test_a_host_that_cannot_be_reached_is_said_in_plain_words(tmp_path: Path, clock: Clock, loopback: None) -> None:
    with socket.socket() as shut:
        shut.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{shut.getsockname()[1]}"
        with pytest.raises(SourceUnavailable) as error:
            Transport(clock=clock, sleep=clock.sleep).fetch(f"https://{host}/a.csv", into=tmp_path)
    assert str(error.value) == (
        f"https://{host}/a.csv could not be had after 3 tries: no connection (Connection refused). Try later."
    )


def test_the_total_time_ends_waiting_and_reading(
    publisher: Publisher, ours: Transport, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "TOTAL_SECONDS", 100.0)
    publisher.faults = {"": status(503, Retry_After="60")}
    with pytest.raises(SourceUnavailable, match="after 2 tries"):
        ours.fetch(URL, into=tmp_path)
    publisher.faults = {}
    clock.__class__ = type("Hurrying", (Clock,), {"__call__": lambda self: self.seconds + len(publisher.asked) * 1000})
    with pytest.raises(SourceUnavailable, match="took too long"):
        ours.fetch(URL, into=tmp_path)
    assert not list(tmp_path.glob("*.partial"))


def test_at_most_two_requests_a_second_of_one_host(clock: Clock) -> None:
    pace = Pace(clock, clock.sleep)
    for _ in range(5):
        pace.wait("one.example")
    pace.wait("other.example")
    assert clock.slept == [0.5, 0.5, 0.5, 0.5]
    clock.seconds += 10
    pace.wait("one.example")
    assert clock.seconds == 12


def test_the_pace_holds_between_threads(clock: Clock) -> None:
    starts: list[float] = []
    pace = Pace(lambda: 0.0, starts.append)
    threads = [threading.Thread(target=pace.wait, args=("one.example",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(starts) == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5]


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("120", 120.0), (" 0 ", 0.0), ("Sun, 01 Nov 2026 03:00:20 GMT", 20.0), ("Sun, 01 Nov 2026 02:00:00 GMT", 0.0),
     ("Sun, 01 Nov 2026 04:00:20 +0100", 20.0), ("soon", None), ("-5", None), ("1.5", None), ("\u00b2", None),
     ("", None), (None, None)],
)  # fmt: skip
def test_what_retry_after_means(said: str | None, seconds: float | None) -> None:
    assert seconds_to_wait(said, START) == seconds


def test_a_redirect_is_followed_on_the_host_and_to_listed_ones(
    publisher: Publisher, ours: Transport, tmp_path: Path
) -> None:
    publisher.places["files.example/b.csv"] = "a.csv"
    publisher.places["publisher.example/new/b.csv"] = "a.csv"
    for where in ("https://files.example/b.csv", "/new/b.csv", f"{publisher.base}/files.example/b.csv"):
        publisher.faults = {"folder/a.csv": redirect(where)}
        received = ours.fetch(URL, into=tmp_path, kind="csv", hosts=("files.example",))
        assert received
        assert received.file.read_bytes() == BODY
    publisher.faults = {"folder/a.csv": redirect("https://files.example/b.csv")}
    with pytest.raises(SourceUnavailable, match=r"another host, files\.example; expected publisher\.example"):
        ours.fetch(URL, into=tmp_path, kind="csv")


@pytest.mark.parametrize(
    "location",
    ["http://publisher.example/a", "//elsewhere.example/a", "https://publisher.example:8443/a", "ftp://a.example/",
     "https://publisher.example@elsewhere.example/", "https://files.example:444/a", "https://sub.publisher.example/"],
)  # fmt: skip
def test_other_redirects_are_refused(location: str) -> None:
    with pytest.raises(SourceUnavailable):
        after_redirect(URL, location, base="", hosts=("files.example",))


def test_a_mirror_stands_before_every_address() -> None:
    assert mirror_address("", URL) == URL
    assert mirror_address("https://mirror.example/ohid", URL) == (
        "https://mirror.example/ohid/publisher.example/folder/a.csv?edition=1"
    )


def test_a_body_of_the_most_bytes_is_taken_and_a_bigger_one_refused(
    ours: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "MAX_BYTES", len(BODY))
    received = ours.fetch(URL, into=tmp_path)
    assert received
    assert received.file.read_bytes() == BODY
    monkeypatch.setattr(client, "MAX_BYTES", 7)
    with pytest.raises(SourceUnavailable, match="more than 7 bytes"):
        ours.fetch(URL, into=tmp_path)


def test_settings_that_change_make_a_new_transport(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_current", Transport())
    now = transport.use(Transport())
    assert transport.current() is now
    assert transport.configured(publisher_base="", contact="") is now
    other = transport.configured(publisher_base="https://mirror.example", contact="")
    assert other is not now
    assert transport.current() is other


@pytest.mark.parametrize(
    ("path", "kind"), [("a/b.csv", "csv"), ("a.XLSX", "xlsx"), ("a.json", "json"), ("a.page.html", "html"), ("a", "")]
)
def test_the_extension_says_the_kind(path: str, kind: str) -> None:
    assert kind_of(path) == kind


def test_types_and_first_bytes() -> None:
    for kind, said in (
        ("csv", "text/csv; charset=utf-8"),
        ("csv", None),
        ("", "text/html"),
        ("xlsx", "APPLICATION/ZIP"),
    ):
        refuse_type(kind, said)
    for kind, said in (("csv", "text/html"), ("xlsx", "text/csv"), ("json", "text/html"), ("html", "text/plain")):
        with pytest.raises(SourceUnavailable, match="content type"):
            refuse_type(kind, said)
    for kind, head in (("csv", b"\xef\xbb\xbf a,b"), ("xlsx", b"PK\x03\x04"), ("json", b" [1]"), ("html", b"\n<html>")):
        refuse_start(kind, head)
    for kind, head in (
        ("csv", b"\n\n <html>"),
        ("csv", b"PK\x03\x04"),
        ("xlsx", b"a,b"),
        ("json", b"a"),
        ("html", b"a"),
    ):
        with pytest.raises(SourceUnavailable, match=f"expected {kind}"):
            refuse_start(kind, head)


def test_packed_bodies_are_unpacked_a_piece_at_a_time() -> None:
    big = b"0" * (5 * PIECE)
    sizes = [len(piece) for piece in unpacked(iter([packed(big)]), "gzip")]
    assert sum(sizes) == len(big)
    assert max(sizes) <= PIECE
    # A body may be several packings one after another, wherever the pieces are cut.
    both = packed(b"one,") + packed(b"two")
    for cut in range(1, len(both)):
        assert b"".join(unpacked(iter([both[:cut], both[cut:]]), "gzip")) == b"one,two"


def test_a_disk_that_is_full_leaves_no_half_body(
    ours: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("pipelines.sources.arrival.transport.body.os.fsync", full)
    with pytest.raises(OSError, match="disk full"):
        ours.fetch(URL, into=tmp_path / "in")
    assert not list((tmp_path / "in").iterdir())


def test_a_clock_in_utc_is_the_default(publisher: Publisher, tmp_path: Path) -> None:
    """With nothing injected, a Retry-After date in the past means at once."""
    assert Transport()._now().tzinfo is UTC
    assert abs((Transport()._now() - datetime.now(UTC)).total_seconds()) < 5


def test_an_answer_may_be_silent_about_its_type(publisher: Publisher, ours: Transport, tmp_path: Path) -> None:
    def nameless(answer: Answer) -> None:
        del answer.headers["Content-Type"]

    publisher.faults = {"": nameless}
    assert ours.fetch(URL, into=tmp_path, kind="csv")
