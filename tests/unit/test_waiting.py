"""For how long the tasks of a service waited for a CPU: of texts as the kernel writes them, and of this machine."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from harness.agents.loop import now
from harness.agents.services.waiting import APART_AT_MOST_NS, TOLD_FROM_NS, Waiting
from harness.model.events import ServiceWaited
from harness.model.units import ms, s

BURN: Final = "import os; os.sched_setaffinity(0, {int(os.environ['CPU'])}); print(flush=True)\nwhile True: pass"
START_NS: Final = 7 * s


class Tasks:
    """A folder like /proc: `says(pid, task, waited)` sets for how long a task has waited so far."""

    def __init__(self, proc: Path) -> None:
        self.proc = proc
        self.waiting = Waiting("lb-ext-1", "haproxy", proc)

    def says(self, pid: int, task: int, waited_ns: int, slices: int = 42) -> None:
        folder = self.proc / str(pid) / "task" / str(task)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "schedstat").write_text(f"123456 {waited_ns} {slices}\n")


@pytest.fixture
def tasks(tmp_path: Path) -> Tasks:
    return Tasks(tmp_path)


def test_the_longest_wait_of_one_task_is_told(tasks: Tasks) -> None:
    for task, waited in [(7, 1 * s), (8, 2 * s), (9, 3 * s)]:
        tasks.says(7 if task < 9 else 9, task, waited)
    assert tasks.waiting.sample([7, 9], START_NS) is None
    for task, waited in [(7, 1 * s + 300 * ms), (8, 2 * s + 400 * ms), (9, 3 * s + 200 * ms)]:
        tasks.says(7 if task < 9 else 9, task, waited, 42 + task)
    told = ServiceWaited(START_NS + 1 * s, "lb-ext-1", "haproxy", 1 * s, 400 * ms, 8)
    assert tasks.waiting.sample([7, 9], START_NS + 1 * s) == told
    assert tasks.waiting.sample([7, 9], START_NS + 2 * s) is None  # no more since


@pytest.mark.parametrize("waited_ns, told", [(TOLD_FROM_NS - 1, False), (TOLD_FROM_NS, True)])
def test_short_waits_are_not_told(tasks: Tasks, waited_ns: int, *, told: bool) -> None:
    tasks.says(7, 7, 0)
    tasks.waiting.sample([7], START_NS)
    tasks.says(7, 7, waited_ns)
    assert bool(tasks.waiting.sample([7], START_NS + 1 * s)) == told


@pytest.mark.parametrize("apart_ns, told", [(APART_AT_MOST_NS, True), (APART_AT_MOST_NS + 1, False)])
def test_what_was_waited_while_no_client_subscribed_is_not_told(tasks: Tasks, apart_ns: int, *, told: bool) -> None:
    tasks.says(7, 7, 0)
    tasks.waiting.sample([7], START_NS)
    tasks.says(7, 7, 5 * s)
    assert bool(tasks.waiting.sample([7], START_NS + apart_ns)) == told


def test_a_task_that_was_not_there_before_has_waited_before_that(tasks: Tasks) -> None:
    tasks.says(7, 7, 0)
    tasks.waiting.sample([7], START_NS)
    tasks.says(7, 8, 5 * s)
    assert tasks.waiting.sample([7], START_NS + 1 * s) is None


def test_a_process_that_is_gone_and_a_kernel_that_does_not_count_tell_nothing(tasks: Tasks) -> None:
    (tasks.proc / "7" / "task" / "7").mkdir(parents=True)
    for second in range(3):
        assert tasks.waiting.sample([7, 8], START_NS + second * s) is None


@pytest.fixture
def rivals() -> Iterator[list[int]]:
    """Two processes that want one CPU all the time."""
    cpu = str(min(os.sched_getaffinity(0)))
    with ExitStack() as stack:
        burners = [
            stack.enter_context(
                subprocess.Popen([sys.executable, "-c", BURN], stdout=subprocess.PIPE, env={**os.environ, "CPU": cpu})
            )
            for _ in range(2)
        ]
        for each in burners:
            stack.callback(each.kill)
            assert each.stdout
            each.stdout.readline()
        yield [each.pid for each in burners]


def test_this_machine(rivals: list[int]) -> None:
    """Each of two gets half of the time at most, so that one of them waits; its kernel counts it."""
    waiting = Waiting("lb-ext-1", "haproxy")
    assert waiting.sample(rivals, now()) is None
    end, told = now() + 10 * s, None
    while told is None and now() < end:
        time.sleep(0.5)
        told = waiting.sample(rivals, now())
    assert told is not None
    assert told.waited_ns >= TOLD_FROM_NS
