"""The service agent in a real lab: it freezes, stops and restarts services, and reports what happened to them."""

from collections.abc import Iterator
from typing import Final

import docker
import pytest

from harness.lab import compose
from harness.lab.exec import find_container
from harness.lab.lab import Lab
from harness.model.errors import AgentError, HarnessError
from harness.model.events import (
    AgentStarted,
    HaproxySample,
    InterfaceCounted,
    OpApplied,
    ServiceChanged,
    VrrpConfigured,
    VrrpDump,
    VrrpState,
)
from harness.model.ops import FlushFdb, ServiceDown, ServiceReload, ServiceRestart, Signal
from harness.model.protocol import Act
from harness.model.units import ms
from tests.lab import shared
from tests.lab.shared import restart
from tests.lab.watched import Watched, watching

pytestmark = pytest.mark.lab

TOPOLOGY: Final = compose.topology()
FIRST, SECOND = TOPOLOGY.virtual_router("external").nodes


@pytest.fixture(scope="module")
def services(quick_lab: str) -> Iterator[Watched]:
    with watching(quick_lab, "service-agent", "service") as watched:
        watched.client.lease("test_services", (FIRST,))
        # Not VrrpState: an agent that a test before has ended is told of changes alone.
        watched.wait(VrrpDump, lambda e: e.node == FIRST and e.state == "MASTER")
        yield watched


def state(watched: Watched, service: str, wanted: str, start: int) -> ServiceChanged:
    return watched.wait(ServiceChanged, lambda e: e.node == FIRST and e.service == service and e.state == wanted, start)


def test_every_balancer_is_sampled(services: Watched) -> None:
    start = services.mark()
    for node in (FIRST, SECOND):
        services.wait(HaproxySample, lambda e, n=node: e.node == n and e.proxy == "api/FRONTEND", start)  # type: ignore[misc]
        counted = services.wait(InterfaceCounted, lambda e, n=node: e.node == n, start)  # type: ignore[misc]
        assert not counted.forwarding
    assert services.wait(VrrpDump, lambda e: e.node == FIRST and e.state == "MASTER", start).vip_set
    assert not services.wait(VrrpDump, lambda e: e.node == SECOND and e.state == "BACKUP", start).vip_set


def test_samples_come_ten_times_a_second(services: Watched) -> None:
    start = services.mark()
    wanted = [services.wait(HaproxySample, start=start)]
    services.wait(HaproxySample, lambda e: e.t > wanted[0].t + 1_500 * ms, start)
    seen = [e for e in services.of(HaproxySample, start) if e.node == FIRST and e.proxy == "api/FRONTEND"]
    assert len(seen) >= 10


def test_a_frozen_haproxy_is_told_and_costs_the_agent_nothing(services: Watched) -> None:
    start = services.mark()
    applied, released = services.hold(Signal(FIRST, "haproxy"), 1200 * ms)
    state(services, "haproxy", "stopped", start)
    services.wait(HaproxySample, lambda e: e.node == FIRST and e.status == "silent", start)
    state(services, "haproxy", "up", start)
    others = [
        e for e in services.of(HaproxySample, start) if e.node == SECOND and e.proxy and applied.t < e.t < released.t
    ]
    assert len(others) >= 4  # 4 proxies, 10 times a second: the agent did not wait for the frozen one


def test_a_frozen_node_loses_the_vip_and_nothing_dies(services: Watched) -> None:
    start = services.mark()
    services.hold(Signal(FIRST), 2_500 * ms)
    state(services, "keepalived", "stopped", start)
    services.wait(VrrpState, lambda e: e.node == SECOND and e.state == "MASTER", start)
    services.wait(VrrpState, lambda e: e.node == SECOND and e.state == "BACKUP", start)
    assert not [e for e in services.of(ServiceChanged, start) if e.state == "down"]


def test_a_service_goes_down_and_comes_back(services: Watched) -> None:
    start = services.mark()
    services.hold(ServiceDown(FIRST, "haproxy"), 500 * ms)
    down = state(services, "haproxy", "down", start)
    up = services.wait(ServiceChanged, lambda e: e.service == "haproxy" and e.node == FIRST and e.t > down.t, start)
    assert up.state == "up"
    assert up.pid
    assert up.t - down.t > 300 * ms


def failed_over(watched: Watched, start: int) -> None:
    """FIRST says STOP, then a new keepalived BACKUP, then (it is the preferred one) MASTER."""
    t = 0
    for wanted in ("STOP", "BACKUP", "MASTER"):
        t = watched.wait(VrrpState, lambda e, w=wanted, t=t: e.node == FIRST and e.state == w and e.t > t, start).t  # type: ignore[misc]


def test_a_restart_is_a_planned_failover(services: Watched) -> None:
    start = services.mark()
    services.client.ask(lambda number: Act(number, ServiceRestart(FIRST, "keepalived")))
    services.wait(OpApplied, lambda e: isinstance(e.op, ServiceRestart), start)
    services.wait(VrrpState, lambda e: e.node == SECOND and e.state == "MASTER", start)
    failed_over(services, start)
    assert services.wait(VrrpDump, lambda e: e.node == FIRST and e.state == "MASTER", services.mark()).vip_set
    told = services.wait(VrrpConfigured, lambda e: e.node == FIRST and e.why == "start", start)
    assert told.pid == services.of(ServiceChanged, start)[-1].pid
    assert TOPOLOGY.virtual_router("external").vrid in {instance.vrid for instance in told.running.instances}


def reloads() -> int:
    """How often FIRST's keepalived has said that it read its files anew."""
    return find_container(docker.from_env(), shared.LAB, FIRST).logs().count(b"Reload complete")


def test_a_reload_keeps_the_process_and_the_vip(services: Watched) -> None:
    """keepalived reads its files anew and says so; a planned failover would be STOP, and another pid."""
    start, before = services.mark(), reloads()
    services.client.ask(lambda number: Act(number, ServiceReload(FIRST, "keepalived")))
    services.wait(OpApplied, lambda e: isinstance(e.op, ServiceReload), start)
    services.wait(VrrpDump, lambda e: e.node == FIRST and reloads() > before, start)  # it dumps on and on
    assert not [e for e in services.of(ServiceChanged, start) if e.service == "keepalived"]
    assert not [e for e in services.of(VrrpState, start) if e.state == "STOP"]
    services.wait(VrrpConfigured, lambda e: e.node == FIRST and e.why == "reload", start)


def test_asking_for_dumps_never_ends_a_starting_keepalived(services: Watched) -> None:
    """A real-time signal kills a process that does not handle it yet."""
    for _ in range(3):
        start = services.mark()
        services.client.ask(lambda number: Act(number, ServiceRestart(FIRST, "keepalived")))
        failed_over(services, start)
        assert len([e for e in services.of(ServiceChanged, start) if e.state == "down"]) == 1


@pytest.mark.parametrize(
    "op, reason",
    [
        (Signal(FIRST, "nginx"), "Valid: haproxy, keepalived"),
        (ServiceDown("api-1", "api"), "no lease"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_have_an_effect_is_refused(services: Watched, op: Signal | ServiceDown, reason: str) -> None:
    with pytest.raises(HarnessError, match=reason):
        services.hold(op, 300 * ms)


def test_a_lost_connection_thaws(quick_lab: str, services: Watched) -> None:
    start = services.mark()
    with watching(quick_lab, "service-agent", "service") as other:
        other.client.lease("somebody", ("api-1",))
        other.hold_until_undone(Signal("api-1", "api"))
        services.wait(ServiceChanged, lambda e: e.node == "api-1" and e.state == "stopped", start)
    services.wait(ServiceChanged, lambda e: e.node == "api-1" and e.state == "up", start)


def test_an_op_of_the_network_is_refused(services: Watched) -> None:
    with pytest.raises(AgentError, match="not an op of the service agent"):
        services.client.ask(lambda number: Act(number, FlushFdb("sw-a")))


def test_an_agent_that_returns_undoes_what_it_left(quick_lab: str) -> None:
    """Killed while one service is frozen and another down: the journal knows."""
    with watching(quick_lab, "service-agent", "service") as before:
        before.client.lease("restarted", (SECOND,))
        before.hold_until_undone(ServiceDown(SECOND, "keepalived"))
        before.hold_until_undone(Signal(SECOND, "haproxy"))
        restart("service-agent")
    with Lab(quick_lab, patience_s=20) as starting:
        starting.agent("service").hello()
    with watching(quick_lab, "service-agent", "service") as after:
        assert after.wait(AgentStarted).replayed == 2
        after.wait(ServiceChanged, lambda e: e.service == "keepalived" and e.node == SECOND and e.state == "up")
        after.wait(ServiceChanged, lambda e: e.service == "haproxy" and e.node == SECOND and e.state == "up")
