"""A flood in a real lab: it fills a real balancer, comes again when turned out, and goes with whoever holds it."""

from collections.abc import Iterator
from typing import Final

import pytest

from harness.lab import compose
from harness.lab.lab import Lab
from harness.model.errors import AgentError
from harness.model.events import FloodSample, HaproxySample, OpReleased
from harness.model.ops import Flood, FloodMode, ServiceRestart
from harness.model.protocol import Act
from harness.model.units import s
from tests.lab.shared import restart
from tests.lab.watched import Watched, watching

pytestmark = pytest.mark.lab

TOPOLOGY: Final = compose.topology()
FIRST: Final = TOPOLOGY.virtual_router("external").nodes[0]
SESSIONS: Final = 300
OTHERS: Final = 60  # sessions of the load that every lab has: far fewer


def flood(mode: FloodMode = "idle", node: str = "customer-1") -> Flood:
    return Flood(node, mode, SESSIONS, "10.77.0.100:80", rate_hz=300, ramp_hz=2000)


@pytest.fixture
def services(lab: str) -> Iterator[Watched]:
    with watching(lab, "service-agent", "service") as watched:
        watched.client.lease("test_flood", ("customer-1",))
        yield watched


def sessions(watched: Watched, start: int, *, held: bool) -> HaproxySample:
    """What the balancer itself says, once the flood is there, or gone."""
    return watched.wait(
        HaproxySample,
        lambda e: (
            (e.node, e.proxy) == (FIRST, "api/FRONTEND") and (e.sessions >= SESSIONS if held else e.sessions < OTHERS)
        ),
        start,
    )


@pytest.mark.parametrize("mode", ["requests", "idle", "unfinished"])
def test_it_fills_a_balancer_and_is_gone(services: Watched, mode: FloodMode) -> None:
    start = services.mark()
    services.hold(flood(mode), 2 * s)
    sessions(services, start, held=True)
    full = services.wait(FloodSample, lambda e: e.open == SESSIONS, start)
    assert services.wait(FloodSample, lambda e: e.open == 0 and e.t > full.t, start).failures == {}
    samples = services.of(FloodSample, start)
    assert {sample.open + sample.connecting + sample.waiting for sample in samples} == {SESSIONS}
    sessions(services, services.mark(), held=False)


def test_whom_the_balancer_turns_out_comes_again(services: Watched) -> None:
    services.hold_until_undone(flood())
    services.wait(FloodSample, lambda e: e.open == SESSIONS)
    start = services.mark()
    services.client.ask(lambda number: Act(number, ServiceRestart(FIRST, "haproxy")))
    again = services.wait(FloodSample, lambda e: e.reopened == SESSIONS and e.open == SESSIONS, start)
    assert sum(again.failures.values()) >= SESSIONS
    sessions(services, start, held=True)
    assert services.client.undo() == ()
    sessions(services, services.mark(), held=False)


def test_it_ends_with_its_holder(lab: str, services: Watched) -> None:
    with watching(lab, "service-agent", "service") as other:
        other.client.lease("somebody", ("customer-3",))
        other.hold_until_undone(flood(node="customer-3"))
        sessions(other, 0, held=True)
    assert services.wait(OpReleased).why == "lease lost"
    sessions(services, services.mark(), held=False)


def test_it_ends_with_the_agent(lab: str) -> None:
    with watching(lab, "service-agent", "service") as before:
        before.client.lease("restarted", ("customer-1",))
        before.hold_until_undone(flood())
        sessions(before, 0, held=True)
        restart("service-agent")
    with Lab(lab, patience_s=20) as starting:
        starting.agent("service").hello()
    with watching(lab, "service-agent", "service") as after:
        sessions(after, 0, held=False)


def test_only_a_customer_floods(lab: str, services: Watched) -> None:
    services.client.lease("test_flood", ("gw-1",))
    with pytest.raises(AgentError, match="gw-1: no flood generator there"):
        services.hold(flood(node="gw-1"), s)


def test_a_flood_that_reaches_nobody_is_an_error(services: Watched) -> None:
    applied = services.hold_until_undone(Flood("customer-1", "idle", 10, "10.77.0.100:81", 1, 2000))
    assert "ECONNREFUSED" in applied.error
