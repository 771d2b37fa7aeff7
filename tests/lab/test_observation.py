"""What fills, observed on real parts: HAProxy's sessions and requests, and the kernel's queue before them."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest

from harness.lab import compose
from harness.model.events import ConnectingSample, HaproxySample, ListenSample
from harness.model.ops import HaproxyAsConfigured, SessionLimit
from harness.model.protocol import Act
from harness.model.units import s
from tests.lab.shared import container
from tests.lab.watched import Watched, watching

pytestmark = pytest.mark.lab

TOPOLOGY: Final = compose.topology()
ROUTER: Final = TOPOLOGY.virtual_router("external")
FIRST, SECOND = ROUTER.nodes
LIMIT, IDLE = 5, 25
CROWD: Final = """
import socket, sys
idle = [socket.create_connection((sys.argv[1], 80)) for _ in range(int(sys.argv[2]))]
print("here", flush=True)
sys.stdin.read()
"""

ASKING: Final = """
import socket, sys
asking = [socket.socket() for _ in range(int(sys.argv[2]))]
for one in asking:
    one.setblocking(False)
    one.connect_ex((sys.argv[1], 80))
print("here", flush=True)
sys.stdin.read()
"""
NOBODY: Final = "10.77.0.254"  # of the segment of customer-3: it asks for its MAC address for 3 s


@pytest.fixture
def services(lab: str) -> Iterator[Watched]:
    with watching(lab, "service-agent", "service") as watched:
        watched.client.lease("test_observation", (FIRST,))
        for node, requests in ((FIRST, True), (SECOND, False)):  # an earlier test may have moved the VIP: it is back
            watched.wait(HaproxySample, lambda e, n=node, r=requests: frontend_of(e) == n and (e.rate > 0) == r)  # type: ignore[misc]
        yield watched


def frontend_of(sample: HaproxySample) -> str:
    """The node; empty for another proxy's."""
    return sample.node if sample.proxy == "api/FRONTEND" else ""


@contextmanager
def crowd(size: int, script: str = CROWD, host: str = ROUTER.first.address) -> Iterator[None]:
    """So many connections of a customer's, who asks nothing."""
    command = ["docker", "exec", "-i", container("customer-3"), "python3", "-c", script, host, str(size)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "here\n"
        yield


def sampled(watched: Watched, proxy: str, sessions: int, start: int) -> HaproxySample:
    return watched.wait(HaproxySample, lambda e: (e.node, e.proxy) == (FIRST, proxy) and e.sessions >= sessions, start)


def at(watched: Watched, proxy: str, t: int, start: int) -> HaproxySample:
    """The first of this proxy of lb-ext-1 from `t` on: the standby's has the same name."""
    return watched.wait(HaproxySample, lambda e: (e.node, e.proxy) == (FIRST, proxy) and e.t >= t, start)


def waiting(watched: Watched, least: int, start: int) -> ListenSample:
    return watched.wait(ListenSample, lambda e: (e.node, e.port) == (FIRST, 80) and e.waiting >= least, start)


def test_ten_samples_a_second(services: Watched) -> None:
    """Of every balancer's HAProxy, and of the kernel's queue before it."""
    for node in ROUTER.nodes:
        start = services.mark()
        first = services.wait(ListenSample, lambda e, n=node: (e.node, e.port) == (n, 80), start)  # type: ignore[misc]
        services.wait(ListenSample, lambda e, f=first: e.node == f.node and e.t > f.t + 2 * s, start)  # type: ignore[misc]
        until = first.t + 2 * s
        listening = [e for e in services.of(ListenSample, start) if (e.node, e.port) == (node, 80) and e.t < until]
        frontend = [e for e in services.of(HaproxySample, start) if (e.node, e.proxy) == (node, "api/FRONTEND")]
        assert len(listening) >= 20
        assert len([e for e in frontend if first.t <= e.t < until]) >= 20


def test_an_idle_connection_is_a_session_and_no_request(services: Watched) -> None:
    start = services.mark()
    with crowd(IDLE):
        full = sampled(services, "api/FRONTEND", IDLE, start)
        backend = at(services, "servers/BACKEND", full.t, start)
        assert backend.sessions < IDLE


def test_whoever_has_no_answer_to_his_syn_is_connecting(services: Watched) -> None:
    """Until he gives up; one who is connected is not."""
    start = services.mark()
    with crowd(IDLE, ASKING, NOBODY):
        services.wait(ConnectingSample, lambda e: e.node == "customer-3" and e.connecting >= IDLE, start)
    services.wait(ConnectingSample, lambda e: e.node == "customer-3" and e.connecting < IDLE, services.mark())


def test_before_a_full_frontend_customers_wait_where_haproxy_does_not_look(services: Watched) -> None:
    start = services.mark()
    services.client.ask(lambda number: Act(number, SessionLimit(FIRST, LIMIT)))
    services.wait(HaproxySample, lambda e: e.node == FIRST and e.session_limit == LIMIT, start)
    with crowd(IDLE):
        queue = waiting(services, IDLE - LIMIT, start)
        assert queue.backlog >= IDLE
        frontend = at(services, "api/FRONTEND", queue.t, start)
        backend = at(services, "servers/BACKEND", queue.t, start)
        assert (frontend.sessions, frontend.session_limit, backend.queued) == (LIMIT, LIMIT, 0)
    services.client.ask(lambda number: Act(number, HaproxyAsConfigured(FIRST)))
    services.wait(ListenSample, lambda e: (e.node, e.port, e.waiting) == (FIRST, 80, 0) and e.t > queue.t, start)
