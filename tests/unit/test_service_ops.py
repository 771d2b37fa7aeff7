"""How the service agent's ops are undone after its death, and on whose time they wait."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from harness.agents.discovery import YOUNG_NS
from harness.agents.loop import now
from harness.agents.services import executor as module
from harness.agents.services import processes
from harness.model.errors import AgentError, BadValue
from harness.model.ops import (
    AnyOp,
    Drop,
    Flood,
    LinkDown,
    Reboot,
    ServiceDown,
    ServiceKill,
    ServiceKilled,
    ServiceRestart,
    Signal,
    SqlPin,
    SqlRoll,
    SqlSet,
    Toxic,
)

FLOOD = Flood("customer-1", "idle", 5, "10.77.0.100:80", 1.0, 1.0)
PIN = SqlPin("db-1", "innodb")
SIGNAL = Signal("lb-ext-1", "haproxy")
DOWN = ServiceDown("lb-ext-1", "haproxy")
TOXIC = Toxic("db-1", "clients", "latency", (("latency", 1),))
KILLED = ServiceKilled("lb-ext-1", "haproxy")
HELD = (SIGNAL, DOWN, KILLED, PIN, SqlRoll("db-1"), SqlSet("db-1", "max_connections", "5"), TOXIC)


@pytest.fixture
def nowhere() -> module.ServiceExecutor:
    """Of an agent that has just started, and sees no node."""
    return module.ServiceExecutor(dict, lambda _: None)


@pytest.mark.parametrize("op", HELD, ids=lambda op: type(op).__name__)
def test_a_node_that_is_not_seen_is_no_node_that_is_undone(nowhere: module.ServiceExecutor, op: AnyOp) -> None:
    with pytest.raises(AgentError, match="is not running"):
        nowhere.restore(op, "")


@pytest.mark.parametrize("op", HELD, ids=lambda op: type(op).__name__)
def test_a_node_that_must_be_gone_has_taken_all_along_but_what_is_in_its_files(
    nowhere: module.ServiceExecutor, op: AnyOp, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = now() + YOUNG_NS + 1
    monkeypatch.setattr(module, "now", lambda: later)
    if op is PIN:
        with pytest.raises(AgentError, match="is not running"):
            nowhere.restore(op, "")
    else:
        nowhere.restore(op, "")


@pytest.mark.parametrize("op", [Drop("lb-ext-1.external", "ingress"), LinkDown("gw-1.external"), Reboot("lb-ext-1")])
def test_what_has_no_inverse_here_is_never_taken_for_undone(op: AnyOp) -> None:
    names = ("lb-ext-1", "lb-ext-1.external", "gw-1.external")
    seen = module.ServiceExecutor(lambda: dict.fromkeys(names, os.getpid()), lambda _: None)
    with pytest.raises(BadValue, match="a held op of the service agent"):
        seen.restore(op, "")


def test_a_flood_went_with_the_agent(nowhere: module.ServiceExecutor) -> None:
    nowhere.restore(FLOOD, "")


@pytest.fixture
def frozen() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as process:
        found = processes.find(process.pid)
        assert found
        processes.stop([found])
        yield process
        process.kill()


def test_a_frozen_node_is_thawed(frozen: subprocess.Popen[bytes]) -> None:
    """Not when the agent starts and does not see it yet, but when it does."""
    nodes: dict[str, int] = {}
    executor = module.ServiceExecutor(lambda: nodes, lambda _: None)
    with pytest.raises(AgentError):
        executor.restore(SIGNAL, "")
    nodes["lb-ext-1"] = frozen.pid
    executor.restore(SIGNAL, "")
    assert processes.state(frozen.pid) != "T"


@pytest.mark.parametrize(
    "op", [*HELD, FLOOD, Reboot("lb-ext-1"), ServiceKill("lb-ext-1", "x")], ids=lambda op: type(op).__name__
)
def test_whatever_waits_for_the_node_does_not_wait_on_the_loop(op: AnyOp) -> None:
    """SIGSTOP up to 0.5 s, a flood 1 s to begin and 2 s to end, a database 5 s for a statement."""
    assert op.lane


PARENT = """
import os, signal, sys, time
child = os.fork()
if child:
    print(child, flush=True)
    while True:
        os.waitpid(child, 0)
        child = os.fork()  # a supervisor starts another one at once
time.sleep(60)
"""


def test_killed_processes_have_no_heirs() -> None:
    """The parent must not see its child end: it would start another one."""
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as process:
        assert process.stdout
        child = processes.find(int(process.stdout.readline()))
        found = processes.find(process.pid)
        assert child
        assert found
        processes.kill([found])
        assert process.wait(10) == -signal.SIGKILL
        assert process.stdout.read() == b""  # no heir holds it open, or writes its number
        assert not child.exists or processes.state(child.pid) == "Z"


def test_a_process_that_is_gone_cannot_be_killed(frozen: subprocess.Popen[bytes]) -> None:
    found = processes.find(frozen.pid)
    assert found
    frozen.kill()
    frozen.wait()
    with pytest.raises(AgentError, match="no process to kill"):
        processes.kill([found])


def test_a_frozen_process_can_be_killed(frozen: subprocess.Popen[bytes]) -> None:
    found = processes.find(frozen.pid)
    assert found
    processes.kill([found])
    assert frozen.wait(10) == -signal.SIGKILL


def test_a_freeze_does_not_wait_for_a_query_nor_for_a_flood() -> None:
    assert len({op.lane for op in (Signal("db-1"), SqlRoll("db-1"), TOXIC, FLOOD)}) == 4
    assert SIGNAL.lane == DOWN.lane


def test_what_is_one_write_has_no_lane() -> None:
    restart = ServiceRestart("lb-ext-1", "haproxy")
    assert not restart.held
    assert restart.lane == ""
