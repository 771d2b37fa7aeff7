"""What a run waits for, and for how long; its recorder begins and ends with it, also one that does not listen."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest

from harness.experiment import run as module
from harness.experiment.run import Run
from harness.history import store
from harness.history.tail import Tail
from harness.lab import compose
from harness.model.errors import AgentError
from harness.model.events import AgentStarted, AnyEvent, Lag, Marked, MarkerSeen, PlanDone
from harness.model.ops import Drop, Signal, plan
from harness.model.protocol import Measure
from harness.model.units import ms, s

DEAF = "import time; print('ready', flush=True); time.sleep(60)"
OBEDIENT = "import sys; print('ready', flush=True); sys.stdin.read()"


class NoLab:
    topology = compose.topology()
    name = "none"


def recording(folder: Path, program: str) -> tuple[Run, subprocess.Popen[str]]:
    (folder / "events.jsonl").touch()
    run = Run(cast("Any", NoLab()), cast("Any", None), folder)
    run._tail = Tail(store.events_path(folder), lambda _: None)
    run._recorder = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert run._recorder.stdout
    with run._recorder.stdout as told:
        told.readline()
    return run, run._recorder


def test_a_recorder_ends_when_it_is_told_to(tmp_path: Path) -> None:
    run, recorder = recording(tmp_path, OBEDIENT)
    run.__exit__(None, None, None)
    assert recorder.returncode == 0


def test_a_recorder_that_does_not_end_is_killed_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.1)
    run, recorder = recording(tmp_path, DEAF)
    with pytest.raises(AgentError, match=r"The recorder did not end in 0\.1 s, and was killed"):
        run.__exit__(None, None, None)
    assert recorder.returncode == -9
    assert run._tail._file.closed


def test_a_recorder_that_never_begins_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine does not answer it."""
    monkeypatch.setattr(module, "START_SECONDS", 0.1)
    monkeypatch.setattr(module, "python", lambda *_: [sys.executable, "-c", "import time; time.sleep(20)"])
    (tmp_path / "logs").mkdir()
    run = Run(cast("Any", NoLab()), cast("Any", None), tmp_path)
    with pytest.raises(AgentError, match=r"The recorder ended with exit status -9\."):
        run._start([])


def test_what_is_recorded_is_complete_once_both_observers_said_how_late_they_were(tmp_path: Path) -> None:
    """A takeover at the very end of a step, read late, is stamped after it: only the next report says so."""
    run, _ = recording(tmp_path, OBEDIENT)
    run._take(Lag(99, "eye", 1))
    run._take(Lag(200, "service", 1))
    assert run._unreported(100) == "no report of eye yet"
    run._take(Lag(100, "eye", 2_000))
    assert run._unreported(100) == ""
    run.__exit__(None, None, None)


class Agents:
    """A lab whose agents stamp a mark at these instants, ns; what the eye was asked."""

    topology = compose.topology()
    name = "fake"

    def __init__(self) -> None:
        self.marks = {"hand": 100, "eye": 300, "service": 200}
        self.asked: list[Measure] = []
        self._agent = ""

    def agent(self, name: str) -> "Agents":
        self._agent = name
        return self

    def mark(self, _name: str) -> int:
        return self.marks[self._agent]

    def ask(self, question: Callable[[int], Measure]) -> None:
        assert self._agent == "eye"
        self.asked.append(question(7))


class Load:
    """Spools of so many bytes, told when all before an instant is decided."""

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}
        self.before_ns: list[int] = []

    def sync(self, before_ns: int) -> dict[str, int]:
        self.before_ns.append(before_ns)
        return self.sizes


class Awaited(NamedTuple):
    what: str
    missing: str  # at first
    seconds: float


class Steps:
    """A run whose waits are carried out one by one: `then` says what happens in each."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lab, self.load, self.waits = Agents(), Load(), list[Awaited]()
        self.run = Run(cast("Any", self.lab), cast("Any", self.load), folder)
        self.then: list[Callable[[], None]] = []
        self.missing: list[str] = []  # before each of them
        monkeypatch.setattr(self.run, "wait", self.wait)

    def wait(self, awaited: str, unmet: Callable[[], str], seconds: float) -> None:
        self.waits.append(Awaited(awaited, unmet(), seconds))
        while missing := unmet():
            self.missing.append(missing)
            self.then.pop(0)()

    def told(self, *events: AnyEvent) -> None:
        self.then += [lambda event=event: self.run._take(event) for event in events]  # type: ignore[misc]


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Steps:
    return Steps(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    "ahead_ns, awaited",
    [
        (5 * s, Awaited("5.0 s to pass on the lab's clock", "5.0 s are left", 15.0)),
        (0, Awaited("0.0 s to pass on the lab's clock", "", 10.0)),
        (-5 * s, Awaited("0.0 s to pass on the lab's clock", "", 10.0)),
    ],
)
def test_an_instant_is_awaited_by_the_labs_clock(steps: Steps, ahead_ns: int, awaited: Awaited) -> None:
    """Our own clock only guards: 10 s more, within which a lab that lives has told something."""
    steps.run.view.now = 100 * s
    steps.told(Marked(104 * s, "x"), Marked(105 * s, "x"), Marked(106 * s, "x"))
    steps.run.wait_until(100 * s + ahead_ns)
    assert steps.waits == [awaited]
    assert steps.run.view.now == 100 * s + max(0, ahead_ns), "the very instant is enough"


def append(file: Path, size: int) -> None:
    with file.open("ab") as opened:
        opened.write(b"\0" * size)


def test_all_before_a_sync_is_recorded_after_it(steps: Steps) -> None:
    """Of every agent, of every vantage point, and how late both observers were at the newest agent's mark."""
    run, load = steps.run, steps.load
    run._offsets = {"customer-1": 72, "customer-2": 36}
    load.sizes = {"customer-1": 180, "customer-2": 36}
    requests = store.requests_path(run.folder, "customer-1")
    steps.told(*[Marked(t, "sync-0") for t in (100, 300, 200)])
    steps.then += [lambda: append(requests, 107), lambda: append(requests, 1)]
    steps.told(Lag(299, "eye", 1), Lag(300, "service", 1), Lag(300, "eye", 1))
    run.sync()
    assert [awaited.missing for awaited in steps.waits] == [
        "0 of 3 recorded",
        "108 bytes of customer-1",
        "no report of eye and service yet",
    ]
    assert steps.missing[:3] == ["0 of 3 recorded", "1 of 3 recorded", "2 of 3 recorded"]
    assert {awaited.seconds for awaited in steps.waits} == {10.0}
    assert (load.before_ns, steps.then) == ([300], [])


def test_each_sync_has_marks_of_its_own(steps: Steps) -> None:
    steps.run._offsets = {}
    for number in (0, 1):
        steps.told(*[Marked(t, f"sync-{number}") for t in (100, 300, 200)])
        steps.told(Lag(300, "service", 1), *[Lag(300, "eye", 1)] * (number == 0))
        steps.run.sync()
        steps.then.clear()
    assert [awaited.missing for awaited in steps.waits if "mark" in awaited.what] == ["0 of 3 recorded"] * 2


def test_what_is_missing_is_counted(steps: Steps) -> None:
    run = steps.run
    both = plan([Drop("trunk.a", "egress"), Signal("lb-ext-1", "keepalived")])
    assert run.unfinished(4, both) == "0 of 2 said that it is over"
    for none_of_it in (PlanDone(1, 3), PlanDone(1, 4, undone=True), AgentStarted(1, "eye", "boot", 0)):
        run._take(none_of_it)
        assert run.unfinished(4, both) == "0 of 2 said that it is over"
    run._take(PlanDone(1, 4))
    assert run.unfinished(4, both) == "1 of 2 said that it is over"
    run._take(PlanDone(1, 4))
    assert run.unfinished(4, both) == ""
    assert run._unreported(1) == "no report of eye and service yet"


def test_a_lab_is_at_rest_by_what_a_pair_needs(steps: Steps) -> None:
    """Half a second after the second burst of gratuitous ARP, 4 s for an election. A pair may have no standby."""
    run = steps.run
    assert (run.quiet_ns, run.decided_ns, run.redundant) == (5_500 * ms, 4 * s, False)


def test_trials_are_numbered_from_1(steps: Steps) -> None:
    """As they are told and recorded."""
    assert [steps.run.next_trial() for _ in range(3)] == [1, 2, 3]


def test_bytes_in_the_folder(steps: Steps) -> None:
    steps.run._offsets = {"customer-1": 36, "customer-2": 0}
    store.requests_path(steps.run.folder, "customer-1").write_bytes(b"\0" * 5)
    assert steps.run.recorded() == {"customer-1": 5, "customer-2": 0}


def test_a_measuring_stream_is_awaited_at_every_point_and_its_end_is_not(steps: Steps) -> None:
    points = (("trunk.a", "egress"), ("trunk.b", "egress"))
    for _ in range(2):  # those of an earlier one do not count
        steps.told(*[MarkerSeen(1, "trunk.a", True, stream, 1) for stream in (1, 1, 2)])
        steps.run.measure(points, 1_000)
        steps.run.measure((), 0)
    assert steps.waits == [Awaited("the measuring stream", "0 of 2 seen", 10.0)] * 2
    assert [(asked.points, asked.rate_hz) for asked in steps.lab.asked] == [(points, 1_000), ((), 0)] * 2


SEVEN = "import sys; [print(n, file=sys.stderr) for n in range(7)]; sys.exit(3)"


def started(run: Run, monkeypatch: pytest.MonkeyPatch, program: str) -> "subprocess.Popen[str]":
    """Its recorder, with this program in its place."""
    monkeypatch.setattr(module, "python", lambda *_: [sys.executable, "-c", program])
    return run._start(["customer-1=0"])


def test_a_recorder_that_does_not_begin_is_told_with_its_last_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(cast("Any", NoLab()), cast("Any", None), tmp_path)
    with pytest.raises(AgentError) as caught:
        started(run, monkeypatch, SEVEN)
    log = store.log_path(tmp_path, "recorder")
    assert str(caught.value) == f"The recorder ended with exit status 3. Its last line: 6. Log: {log}"


def test_a_recorder_has_90_s_to_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its agents have 20 s for an answer, the engine 60. A run that ends before does not wait for that timer."""
    killers: list[threading.Timer] = []

    def start(timer: threading.Timer) -> None:
        killers.append(timer)

    monkeypatch.setattr(threading.Timer, "start", start)
    run = Run(cast("Any", NoLab()), cast("Any", None), tmp_path)
    recorder = started(run, monkeypatch, OBEDIENT)
    assert [(killer.interval, killer.daemon) for killer in killers] == [(90.0, True)]
    assert recorder.stdin
    recorder.stdin.close()
    assert recorder.wait(10) == 0


def test_a_recorder_outlives_a_terminals_interrupt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is in a session of its own, and ends when its input does."""
    run = Run(cast("Any", NoLab()), cast("Any", None), tmp_path)
    recorder = started(run, monkeypatch, OBEDIENT)
    assert os.getsid(recorder.pid) == recorder.pid
    assert recorder.stdin
    recorder.stdin.close()
    assert recorder.wait(10) == 0


def test_a_wait_asks_whether_the_recorder_lives(tmp_path: Path) -> None:
    run, recorder = recording(tmp_path, OBEDIENT)
    run._alive()
    run.__exit__(None, None, None)
    store.log_path(tmp_path, "recorder").touch()
    assert recorder.returncode == 0
    with pytest.raises(AgentError, match="ended with exit status 0"):
        run._alive()
    run._recorder = None
    run._alive()  # it has not been started yet
