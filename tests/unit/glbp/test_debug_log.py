"""A gateway of ours in the place of a Cisco router: it hears what that heard, and says and becomes the same."""

import itertools
from collections import Counter

import pytest

from harness.agents.network.glbp.gateway import Gateway, Sent
from harness.agents.network.glbp.wire import HELLO, Message, State
from harness.model.units import s
from tests.unit.glbp.routers import ADDRESSES, GROUP, HEARD, hello, part

OWNER = ADDRESSES["vlan2"][0]
JITTER_S = 0.01
"""The log's own jitter: 3.996 to 4.008 s between hellos that are 3 s apart, and 4 ms from a timer to its message."""


def replay() -> tuple[dict[float, State], dict[float, list[int]], list[tuple[float, Sent]]]:
    """Its states, what it forwards for, and what it sends: by seconds behind 22:57:00. It is settled at 21.630."""
    gateway = Gateway(GROUP, "vlan2", ADDRESSES)
    gateway.settle(round(21.630 * s))
    states: dict[float, State] = {}
    forwards: dict[float, list[int]] = {}
    sent: list[tuple[float, Sent]] = []

    def note(t: float) -> None:
        sent.extend((t, each) for each in gateway.take_outbox())
        if gateway.virtual.state != next(reversed(states.values()), None):
            states[t] = gateway.virtual.state
        if sorted(gateway.forwarding) != next(reversed(forwards.values()), None):
            forwards[t] = sorted(gateway.forwarding)

    for t, message in HEARD:
        while (due := gateway.due()) is not None and due < t * s:
            gateway.tick(due)
            note(due / s)
        gateway.hear("10.10.10.3", message, round(t * s))
        note(t)
    return states, forwards, sent


def test_it_becomes_what_the_router_became() -> None:
    """Standby → Active one hold time behind the last hello; Active → Speak at the rival's hello; Standby 10 s later."""
    states, _, _ = replay()
    assert list(states.values()) == [State.STANDBY, State.ACTIVE, State.SPEAK, State.STANDBY]
    assert list(states)[1:] == pytest.approx([38.554, 71.566, 81.566], abs=JITTER_S)


def test_it_forwards_for_what_the_router_did() -> None:
    """Forwarder 1 for the one that is gone, until that one preempts, 19 s behind its return as virtual gateway."""
    _, forwards, _ = replay()
    assert list(forwards.values()) == [[2], [1, 2], [2]]
    assert list(forwards)[1:] == pytest.approx([38.554, 90.570], abs=JITTER_S)


def test_it_says_what_the_router_said() -> None:
    """Once a new state, at once, and in each interval; a forwarder that it has taken over with priority 135."""
    _, _, sent = replay()
    own = [(t, each.message) for t, each in sent if each.forwarder is None]
    at = {log: next(each for t, each in own if abs(t - log) < JITTER_S) for log in (38.554, 41.554, 71.566, 81.566)}
    assert at[38.554] == Message(HELLO, 1, OWNER, hello(State.ACTIVE, 120), (part(2, 167),))
    assert (38.55, 1) in [(round(t, 2), each.forwarder) for t, each in sent]
    assert at[41.554] == Message(HELLO, 1, OWNER, hello(State.ACTIVE, 120), (part(1, 135), part(2, 167)))
    assert at[71.566] == Message(HELLO, 1, OWNER, hello(State.SPEAK, 120), (part(1, 135), part(2, 167)))
    assert at[81.566] == Message(HELLO, 1, OWNER, hello(State.STANDBY, 120), (part(1, 135), part(2, 167)))
    assert own[-1][1] == Message(HELLO, 1, OWNER, hello(State.STANDBY, 120), (part(2, 167),))
    apart = [later - before for (before, _), (later, _) in itertools.pairwise(own)]
    assert max(apart) == pytest.approx(3, abs=JITTER_S)


def test_hosts_get_the_address_of_the_one_that_is_gone() -> None:
    """Redirection is enabled for 600 s: the forwarder's MAC address is answered, and the stand-in forwards for it."""
    gateway = Gateway(GROUP, "vlan2", ADDRESSES)
    gateway.settle(0)
    assert gateway.choose(b"\2\0\0\0\0\1", 0) is None, "only the active virtual gateway answers"
    while gateway.virtual.state != State.ACTIVE:
        gateway.tick(gateway.due() or 0)
    chosen = [gateway.choose(b"\2\0\0\0\0\1", 11 * s) for _ in range(4)]
    assert Counter(chosen) == {1: 2, 2: 2}
    assert [gateway.choose(b"\2\0\0\0\0\1", 601 * s) for _ in range(3)] == [2, 2, 2]
