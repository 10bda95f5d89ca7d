"""When a host is given up: after a few files in vain, at once where nothing can be reached, and not for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.sources.arrival.transport import Transport
from pipelines.sources.arrival.transport.breaker import (
    CONNECT_SECONDS,
    CONNECT_SECONDS_OFFLINE,
    GIVEN_UP_SECONDS,
    TRIES,
    TRIES_TO_CONNECT,
    Breaker,
)
from pipelines.sources.contract import HostSilent
from tests.proofs.publisher.faults import status
from tests.proofs.publisher.outcome import Clock, quick_transport, trusting
from tests.proofs.publisher.server import Publisher

NOBODY = "https://127.0.0.1:1"
"""An address at which nothing listens."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


def fail(breaker: Breaker, host: str) -> None:
    breaker.failed(host, cause="no answer", silent=True)


def is_given_up(breaker: Breaker, host: str) -> bool:
    try:
        breaker.refuse(host)
    except HostSilent:
        return True
    return False


def test_a_host_is_given_up_after_three_files_in_vain_and_tried_again_later(clock: Clock) -> None:
    breaker = Breaker(clock)
    breaker.reached()
    assert breaker.tries("a", connected=True) == TRIES
    given_up = []
    for _ in range(3):
        fail(breaker, "a")
        given_up.append(is_given_up(breaker, "a"))
    assert given_up == [False, False, True]
    assert breaker.tries("a", connected=True) == 1
    assert not is_given_up(breaker, "b")
    clock.sleep(GIVEN_UP_SECONDS)
    assert not is_given_up(breaker, "a")
    fail(breaker, "a")
    assert is_given_up(breaker, "a")


def test_an_answer_between_two_failures_keeps_a_host(clock: Clock) -> None:
    breaker = Breaker(clock)
    for _ in range(5):
        fail(breaker, "a")
        breaker.answered("a")
    assert not is_given_up(breaker, "a")
    assert breaker.tries("a", connected=True) == TRIES


def test_where_nothing_has_ever_answered_one_file_is_enough(clock: Clock) -> None:
    breaker = Breaker(clock)
    assert (breaker.tries("a", connected=False), breaker.connect_seconds) == (TRIES_TO_CONNECT, CONNECT_SECONDS)
    fail(breaker, "a")
    assert is_given_up(breaker, "a")
    assert (breaker.tries("b", connected=False), breaker.connect_seconds) == (1, CONNECT_SECONDS_OFFLINE)
    fail(breaker, "b")
    assert is_given_up(breaker, "b")


def test_one_dead_host_among_those_that_answer_leaves_the_others_all_patience(clock: Clock) -> None:
    breaker = Breaker(clock)
    breaker.reached()
    fail(breaker, "a")
    assert not breaker.is_offline
    fail(breaker, "b")
    assert breaker.is_offline, "two in a row, and nobody answered since"
    breaker.reached()
    assert not breaker.is_offline


def test_no_network_at_all_is_known_within_a_few_requests(tmp_path: Path, loopback: None, clock: Clock) -> None:
    ours = Transport(publisher_base=NOBODY, clock=clock, sleep=clock.sleep, now=clock.now)
    for number in range(40):
        with pytest.raises(HostSilent) as silent:
            ours.fetch(f"https://publisher{number % 8}.example/{number}.csv", into=tmp_path)
        assert silent.value.host == f"publisher{number % 8}.example"
    assert clock.seconds < 10


def test_a_host_that_only_fails_is_given_up_and_the_cause_is_said(tmp_path: Path, loopback: None, clock: Clock) -> None:
    publisher = Publisher(tmp_path, tmp_path)
    publisher.faults = {"": status(500)}
    with publisher.open(), trusting(publisher):
        ours = quick_transport(publisher, clock)
        said = []
        for number in range(6):
            with pytest.raises(Exception, match="500") as error:
                ours.fetch(f"https://publisher.example/{number}.csv", into=tmp_path)
            said.append(isinstance(error.value, HostSilent))
    assert said == [False] * 3 + [True] * 3
    assert len(publisher.asked) == 3 * TRIES
