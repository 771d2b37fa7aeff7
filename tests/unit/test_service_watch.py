"""How one supervised process is followed."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from harness.agents.loop import Loop
from harness.agents.services.runit.service_watch import ServiceWatch
from harness.agents.services.runit.supervised import Service, Status
from harness.model.events import AnyEvent, ServiceChanged

INNER = 4242


@dataclass(frozen=True)
class Listed(Service):
    """Its process is found, or not, as `finds` says, once for each look."""

    finds: list[int] = field(default_factory=list)

    def status(self) -> Status:
        return Status(INNER, wanted_up=True, running=True)

    def pid(self) -> int:
        return self.finds.pop(0)


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as started:
        yield started
        started.kill()


def test_a_process_that_one_look_misses_is_found_by_the_next(process: subprocess.Popen[bytes]) -> None:
    """The kernel's list of children may leave one out while another ends: it is not down, and not given up."""
    events: list[AnyEvent] = []
    loop = Loop()
    watch = ServiceWatch(loop, Listed("lb-ext-1", 1, "haproxy", [0, process.pid]), events.append)
    watch.check()
    assert not events
    watch.check()
    process.kill()
    loop.turn(10**9)
    assert [(e.state, e.pid) for e in events if isinstance(e, ServiceChanged)] == [("up", process.pid), ("down", 0)]
