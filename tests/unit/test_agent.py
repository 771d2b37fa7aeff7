"""An agent that was busy must not call that a client's silence; one that is always busy must notice silence."""

import os
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import pytest

from harness.agents import lease
from harness.agents.agent import Agent
from harness.agents.lease import Leases
from harness.agents.loop import Loop, now
from harness.model.topology import Topology
from harness.model.units import ms
from tests.unit.test_topology import COMPOSE

SILENCE_NS = 300 * ms
BUSY_S = 0.4  # longer than the silence that loses a lease, and than the period of the check


class Client:
    """Its words are bytes in a pipe."""

    def __init__(self, loop: Loop, leases: Leases) -> None:
        self._end, self._ours = os.pipe()
        leases.claim("client", "client", ("gw-1",), now())
        self._leases = leases
        loop.watch(self._end, lambda _: self._heard())

    def _heard(self) -> None:
        os.read(self._end, 99)
        self._leases.renew("client", now())

    def speak(self) -> None:
        os.write(self._ours, b"!")

    def close(self) -> None:
        os.close(self._end)
        os.close(self._ours)


@pytest.fixture
def agent(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What the check of silence needs of one. `lost`: who lost a lease."""
    monkeypatch.setattr(lease, "LEASE_SILENCE_NS", SILENCE_NS)
    made = SimpleNamespace(loop=Loop(), leases=Leases(Topology.from_compose(COMPOSE)), lost=[])
    made._lost = lambda owner: (made.lost.append(owner), made.leases.release(owner))
    made._check_silence = lambda: Agent._check_silence(cast("Agent", made))
    return made


@pytest.fixture
def client(agent: SimpleNamespace) -> Iterator[Client]:
    made = Client(agent.loop, agent.leases)
    yield made
    made.close()


def busy(agent: SimpleNamespace, client: Client, *, heard: bool) -> None:
    """One turn of a loop that does something else for long, while the client speaks, or does not."""
    if heard:
        client.speak()
    agent.loop.at(now(), lambda: time.sleep(BUSY_S))
    agent.loop.turn(0)


def test_what_was_said_to_a_busy_agent_was_said(agent: SimpleNamespace, client: Client) -> None:
    agent._check_silence()
    for _ in range(3):
        busy(agent, client, heard=True)
    assert agent.lost == []


def test_an_agent_that_is_always_busy_notices_silence(agent: SimpleNamespace, client: Client) -> None:
    agent._check_silence()
    for _ in range(3):
        busy(agent, client, heard=False)
    assert agent.lost == ["client"]
