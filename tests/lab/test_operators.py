"""What operators do to balancers by hand takes effect, is told, and is taken back by a reset, whoever did it."""

from collections.abc import Iterator
from typing import Final

import pytest

from harness import mitigations
from harness.lab.configure import configure
from harness.lab.lab import Lab
from harness.mitigations import Mitigation
from harness.model.configuration import DEFAULT, Configuration
from harness.model.errors import AgentError
from harness.model.events import HaproxySample, ServiceChanged, SessionLimitSet
from harness.model.ops import ShareServer, plan
from tests.lab.shared import execute_in
from tests.lab.watched import Watched, watching

pytestmark = pytest.mark.lab

NODE: Final = "lb-ext-2"
FRONTEND, REPORT = "api/FRONTEND", "servers/report-1"


@pytest.fixture
def services(lab: str) -> Iterator[Watched]:
    with watching(lab, "service-agent", "service") as watched:
        yield watched


@pytest.fixture
def operator(lab: str) -> Iterator[Lab]:
    with Lab(lab) as opened:
        yield opened
        opened.reset()


def act(operator: Lab, mitigation: Mitigation) -> None:
    operator.act(mitigation.plan(operator.topology))


def sampled(services: Watched, proxy: str, start: int, **wanted: object) -> HaproxySample:
    def fits(sample: HaproxySample) -> bool:
        told = (sample.node, sample.proxy) == (NODE, proxy)
        return told and all(getattr(sample, name) == value for name, value in wanted.items())

    return services.wait(HaproxySample, fits, start)


def processes(services: Watched, service: str, start: int) -> ServiceChanged:
    return services.wait(ServiceChanged, lambda e: (e.node, e.service, e.state) == (NODE, service, "up"), start)


def test_a_limit_is_raised_live(services: Watched, operator: Lab) -> None:
    start = services.mark()
    act(operator, mitigations.session_limit(3000, NODE))
    assert services.wait(SessionLimitSet, start=start).way == "live"
    sampled(services, FRONTEND, start, session_limit=3000)
    start = services.mark()
    operator.reset()
    sampled(services, FRONTEND, start, session_limit=2000)


def test_beyond_what_haproxy_was_started_for_by_a_reload(services: Watched, operator: Lab, lab: str) -> None:
    start = services.mark()
    configure(operator, Configuration.load("process-limit"))
    sampled(services, FRONTEND, start, session_limit=200, process_limit=200)
    try:
        start = services.mark()
        act(operator, mitigations.session_limit(1200, NODE))
        assert services.wait(SessionLimitSet, start=start).way == "reload"
        sampled(services, FRONTEND, start, session_limit=1200, process_limit=1200)
        start = services.mark()
        operator.reset()
        sampled(services, FRONTEND, start, session_limit=200, process_limit=200)
        assert "original" not in execute_in(lab, NODE, "ls", "/etc/haproxy")
    finally:
        configure(operator, Configuration.load(DEFAULT))


@pytest.mark.nightly
def test_more_than_the_node_has_files_for_is_refused_and_changes_nothing(services: Watched, operator: Lab) -> None:
    with pytest.raises(AgentError, match="a new HAProxy"):
        act(operator, mitigations.session_limit(50_000, NODE))
    start = services.mark()
    sampled(services, FRONTEND, start, session_limit=2000)


def test_a_report_server_is_shared_in(services: Watched, operator: Lab) -> None:
    """In a lab without databases it is listed all the same."""
    sampled(services, REPORT, 0, status="MAINT")
    start = services.mark()
    operator.act(plan([ShareServer(NODE, "report-1")]))
    services.wait(HaproxySample, lambda e: (e.node, e.proxy) == (NODE, REPORT) and e.status != "MAINT", start)
    start = services.mark()
    operator.reset()
    sampled(services, REPORT, start, status="MAINT")
    with pytest.raises(AgentError, match="no backend lists report-9"):
        operator.act(plan([ShareServer(NODE, "report-9")]))


def test_a_reboot_starts_every_service_anew(services: Watched, operator: Lab) -> None:
    act(operator, mitigations.session_limit(3000, NODE))
    start = services.mark()
    act(operator, mitigations.reboot(NODE))
    for service in ("haproxy", "keepalived"):
        services.wait(ServiceChanged, lambda e, s=service: (e.node, e.service, e.state) == (NODE, s, "down"), start)  # type: ignore[misc]
        processes(services, service, start)
    sampled(services, FRONTEND, services.mark(), session_limit=2000)
