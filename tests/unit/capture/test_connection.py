"""What came of a connection, by its headers."""

from typing import Final

import pytest

from harness.capture.connection import MOST_OPEN, Connector
from harness.model.requests import Outcome
from harness.model.units import ms, s
from tests.frames import ACK, FIN_ACK, RST_ACK, SYN, SYN_ACK

KEY: Final = bytes([10, 88, 2, 2, 10, 77, 0, 100, 0x10, 0, 0, 80])
MAC: Final = bytes.fromhex("027700000001")

Step = tuple[str, int, int, int]
"""Who sends (c: client, v: the VIP), when (ms), flags, bytes of payload."""


def follow(*steps: Step, end: int = 60_000) -> Connector:
    connector = Connector()
    for who, t, flags, size in steps:
        if who == "c":
            connector.asks(KEY, t * ms, flags, 7, size, MAC)
        else:
            connector.answers(KEY, t * ms, flags, size, MAC)
    connector.close(end * ms)
    return connector


BEGUN: Final[tuple[Step, ...]] = (("c", 1, SYN, 0), ("v", 2, SYN_ACK, 0))


@pytest.mark.parametrize(
    "steps, outcome, over",
    [
        ([*BEGUN, ("c", 3, ACK, 9), ("v", 9, ACK, 99), ("c", 10, FIN_ACK, 0)], Outcome.ok, True),
        ([*BEGUN, ("c", 3, FIN_ACK, 0)], Outcome.ok, True),  # a check of the port
        ([("c", 1, SYN, 0), ("v", 2, RST_ACK, 0)], Outcome.refused, True),
        ([*BEGUN, ("c", 3, ACK, 9), ("v", 9, RST_ACK, 0)], Outcome.reset, True),
        ([*BEGUN, ("c", 3, ACK, 9), ("v", 9, FIN_ACK, 0)], Outcome.eof, True),
        ([*BEGUN, ("c", 3, ACK, 9), ("c", 2_003, FIN_ACK, 0)], Outcome.read_timeout, True),
        ([("c", 1, SYN, 0), ("c", 1_001, SYN, 0)], Outcome.connect_timeout, False),
        ([*BEGUN, ("c", 3, ACK, 9)], Outcome.read_timeout, False),
        # answers that do not pass the point: the client's own ACK shows that it got one
        ([("c", 1, SYN, 0), ("c", 3, ACK, 0), ("c", 3, ACK, 9), ("c", 9, FIN_ACK, 0)], Outcome.read_timeout, True),
        ([("c", 1, SYN, 0), ("c", 900, RST_ACK, 0)], Outcome.connect_timeout, True),
    ],
)
def test_outcomes(steps: list[Step], outcome: Outcome, over: bool) -> None:  # noqa: FBT001
    (found,) = follow(*steps).connections
    assert (Outcome(int(found["outcome"])), bool(found["over"]), int(found["due"])) == (outcome, over, 1 * ms)


def test_a_new_question_from_the_same_port() -> None:
    connector = Connector()
    connector.asks(KEY, 1 * ms, SYN, 1, 0, MAC)
    connector.asks(KEY, 9 * ms, SYN, 2, 0, MAC)
    connector.close(20 * ms)
    assert connector.connections["due"].tolist() == [1 * ms, 9 * ms]


def test_the_longest_wait_on_a_connection_that_is_kept_open() -> None:
    steps = [("c", 3, ACK, 9), ("v", 9, ACK, 99), ("c", 100, ACK, 9), ("c", 5_000, ACK, 9)]
    wait = follow(*BEGUN, *steps, ("c", 10_100, FIN_ACK, 0)).waits[KEY[:8]]
    assert (wait.length, wait.begin, wait.quiet) == (10 * s, 100 * ms, 91 * ms)


def test_a_connection_that_began_before_the_capture() -> None:
    connector = follow(("c", 3, ACK, 9), ("v", 9, ACK, 99), ("c", 100, ACK, 9), ("v", 900, ACK, 99), end=1_000)
    assert not len(connector.connections)
    assert connector.waits[KEY[:8]].length == 800 * ms


def test_silence_of_a_client_is_no_wait_but_is_told() -> None:
    wait = follow(*BEGUN, ("c", 3, ACK, 9), ("v", 9, ACK, 99), end=30_009).waits[KEY[:8]]
    assert (wait.length, wait.quiet) == (0, 30 * s)


def test_a_flood_of_connections_is_bounded() -> None:
    connector = Connector()
    for number in range(MOST_OPEN + 10):
        connector.asks(number.to_bytes(12, "big"), 1 + number, SYN, 7, 0, MAC)
    connector.close(MOST_OPEN + 100)
    assert len(connector.connections) == MOST_OPEN + 10


@pytest.mark.parametrize("flags, acked", [(ACK, True), (FIN_ACK, True), (RST_ACK, False)])
def test_a_clients_ack_confirms_a_handshake_that_was_not_seen(flags: int, acked: bool) -> None:  # noqa: FBT001
    (found,) = follow(("c", 1, SYN, 0), ("c", 3, flags, 0)).connections
    assert bool(found["acked"]) == acked
