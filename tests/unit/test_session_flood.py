"""The fault `session_flood`: its op, what it refuses, and what a session says in each mode."""

import pytest

from harness import faults
from harness.model.errors import BadValue, UnknownName
from harness.model.ops import Flood, FloodMode, Part
from harness.model.units import ms, s
from locustfiles.flood_messages import complete, messages
from tests.histories import lab

VIP = "10.77.0.100:80"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def flood(mode: FloodMode, sessions: int = 200) -> Flood:
    return Flood("customer-1", mode, sessions, VIP, rate_hz=1_000, ramp_hz=2_000)


def test_what_is_said_in_each_mode() -> None:
    asking = messages(flood("requests"), 200)
    assert asking.first == asking.again
    assert asking.first.startswith(b"GET /me HTTP/1.1\r\nHost: 10.77.0.100\r\n")
    assert (asking.every_ns, asking.awaits_answer) == (200 * ms, True)
    assert messages(flood("idle"), 200).every_ns == 0
    assert messages(flood("unfinished"), 200).again.count(b"\r\n") == 1


@pytest.mark.parametrize("size", [0, 10, len(ANSWER) - 1, len(ANSWER)])
def test_an_answer_is_complete_at_its_end(size: int) -> None:
    assert complete(ANSWER[:size]) is (size == len(ANSWER))


def test_the_fault_is_one_op() -> None:
    both = faults.session_flood("customer-1", "idle", 400) & faults.session_flood("customer-3", sessions=5, duration=s)
    assert both.plan(lab()).parts == (
        Part(Flood("customer-1", "idle", 400, VIP, 1000, 2000)),
        Part(Flood("customer-3", "requests", 5, VIP, 1000, 2000), 0, s),
    )
    assert both.targets() == ("customer-1", "customer-3")
    assert "400 sessions from customer-1, idle" in both.describe()
    assert Flood.agent == "service-agent"


@pytest.mark.parametrize(
    "fault, kind, words",
    [
        (faults.session_flood("customer-4"), UnknownName, "customer-3"),
        (faults.session_flood("gw-1"), UnknownName, "vantage point"),
        (faults.session_flood("customer-1", "unfinishd"), UnknownName, "Did you mean 'unfinished'"),  # type: ignore[arg-type]
        (faults.session_flood("customer-1", sessions=0), BadValue, "sessions is 0"),
        (faults.session_flood("customer-1", sessions=70_000), BadValue, "60,000"),
        (faults.session_flood("customer-1", rate=0), BadValue, "rate is 0"),
        (faults.session_flood("customer-1", ramp=-1), BadValue, "ramp is -1"),
        (faults.session_flood("customer-1", duration=0), BadValue, "duration is 0"),
    ],
)
def test_what_cannot_be_meant_is_refused(fault: faults.Fault, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        fault.plan(lab())
