"""The command line on a lab of its own: what an operator types, what is held, undone and left."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import docker
import msgspec
import pytest

from harness.lab import ready
from harness.lab.containers import PROJECT
from harness.lab.live import LiveLab, Status
from harness.model.outcome import FaultOutcome, decode_outcome

pytestmark = pytest.mark.lab

LAB: Final = "cli-test"
HARNESS: Final = (sys.executable, "-m", "harness")
ENVIRONMENT: Final = {**os.environ, "HARNESS_LAB": LAB}
ROOT: Final = Path(__file__).resolve().parents[2]
CACHES: Final = ("gw-1", "gw-2", "customer-3")


def harness(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Runs to its end, which must have this exit status."""
    done = subprocess.run(
        [*HARNESS, *arguments], env=ENVIRONMENT, cwd=ROOT, capture_output=True, text=True, check=False, timeout=400
    )
    assert done.returncode == code, f"{arguments} exited {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A harness that goes on; killed at the end if it still does."""
    with subprocess.Popen(
        [*HARNESS, *arguments], env=ENVIRONMENT, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def status() -> Status:
    """What `harness status --json` prints, without a process for each look."""
    with LiveLab(LAB) as live:
        live.wait_known()
        return live.status()


def wait_for(condition: Callable[[Status], bool], seconds: float = 15) -> Status:
    """The first status that meets it."""
    deadline = time.monotonic() + seconds
    while not condition(now := status()):
        assert time.monotonic() < deadline, now
    return now


def read_until(process: subprocess.Popen[str], words: str) -> None:
    """Follows its stderr until a line has these words."""
    assert process.stderr
    lines = []
    for line in process.stderr:
        lines.append(line)
        if words in line:
            return
    pytest.fail(f"{words!r} was never said: {lines}")


@pytest.fixture(scope="module", autouse=True)
def lab() -> Iterator[None]:
    try:
        harness("up")
        yield
    finally:
        harness("down")
    assert volumes() == [], "what an agent held ends with its lab"


def volumes() -> list[str]:
    return [each.name for each in docker.from_env().volumes.list(filters={"label": f"{PROJECT}={LAB}"})]


@pytest.fixture(autouse=True)
def fresh() -> None:
    """As by `harness reset`, without a process for each test."""
    ready.reset(LAB)


def test_up_ends_with_a_lab_that_serves_everyone_and_can_be_repeated() -> None:
    said = harness("up").stderr
    assert said.splitlines()[0].startswith(f"up {LAB}: expected")
    now = msgspec.json.decode(harness("status", "--json").stdout, type=Status)
    assert now.missing == ()
    assert now.owners == {"external": ("lb-ext-1",)}
    assert now.arp == dict.fromkeys(CACHES, "lb-ext-1")
    assert set(now.success) == {"customer-1", "customer-2", "customer-3"}
    assert all(share is not None for share in now.success.values())


def test_watch_prints_lines_where_there_is_no_terminal() -> None:
    with running("status", "--watch") as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(3)]
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
    assert all(line.startswith("external: lb-ext-1 | gw-1→lb-ext-1") for line in lines)


def test_exec_is_a_login_to_a_node() -> None:
    assert "10.77.0.100" in harness("exec", "gw-1", "ip", "neigh").stdout
    harness("exec", "gw-1", "sh", "-c", "exit 7", code=7)
    assert "Did you mean 'gw-1'" in harness("exec", "gw1", "true", code=2).stderr


def test_logs_of_one_service_or_of_all() -> None:
    assert "MASTER" in harness("logs", "lb-ext-1", "--service", "keepalived").stdout
    assert "Valid: haproxy, keepalived" in harness("logs", "lb-ext-1", "--service", "nginx", code=2).stderr


def test_a_blip_lasts_as_long_as_asked() -> None:
    done = harness("inject", "blackhole", "trunk", "--for", "800ms", "--json")
    outcome = msgspec.convert(json.loads(done.stdout)["outcome"], FaultOutcome)
    assert outcome.achieved_s == pytest.approx(0.8, abs=0.01)
    assert [part.op for part in outcome.parts] == ["drop trunk.b ingress", "drop trunk.a ingress"]
    assert status().active == ()


@pytest.mark.nightly
def test_a_fault_without_a_duration_is_held_until_ctrl_c() -> None:
    with running("inject", "link_down", "lb-ext-1") as process:
        read_until(process, "Ctrl-C undoes it")
        held = wait_for(lambda now: now.owners["external"] == ("lb-ext-2",))
        assert {fault.holder.rpartition(":")[2] for fault in held.active} == {str(process.pid)}
        conflict = harness("inject", "blackhole", "lb-ext-1.external", "--for", "1s", code=3).stderr
        assert f":{process.pid}" in conflict
        harness("mitigate", "announce", "external")  # an operator can act while a fault is held
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0
        assert process.stdout
        assert "from first effect to last release" in process.stdout.read()
    assert wait_for(lambda now: now.owners["external"] == ("lb-ext-1",)).active == ()


def test_a_fault_dies_with_its_process() -> None:
    with running("inject", "blackhole", "trunk") as process:
        read_until(process, "Ctrl-C undoes it")
        wait_for(lambda now: len(now.active) == 2)
        process.kill()
    wait_for(lambda now: now.active == ())


def test_ctrl_c_in_a_blip_undoes_it_first_and_exits_130() -> None:
    with running("inject", "blackhole", "trunk", "--for", "60s") as process:
        wait_for(lambda now: len(now.active) == 2)
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 130
    assert status().active == ()


@pytest.mark.nightly
def test_a_fault_ends_early_when_its_stop_condition_is_met() -> None:
    arguments = ("inject", "blackhole", "trunk", "--for", "60s", "--stop-when", "success < 0.5 for 300ms", "--json")
    done = harness(*arguments, code=1)
    assert "success < 0.5 for 300ms was met, and the fault was undone" in done.stderr
    outcome = msgspec.convert(json.loads(done.stdout)["outcome"], FaultOutcome)
    assert outcome.achieved_s is not None
    assert 0.3 < outcome.achieved_s < 60, "it was asked to last 60 s, and its condition takes 300 ms"
    assert status().active == ()
    assert "no subject" in harness(*arguments[:-2], "serves < 1", code=2).stderr


def test_undo_releases_what_anyone_holds() -> None:
    with running("inject", "blackhole", "trunk") as process:
        wait_for(lambda now: len(now.active) == 2)
        released = json.loads(harness("undo", "--json").stdout)["released"]
        assert len(released) == 2
        assert all(str(process.pid) in each for each in released)
        assert status().active == ()


def test_flushing_the_gateways_makes_them_ask_again() -> None:
    done = json.loads(harness("mitigate", "flush_arp", "gateways", "--json").stdout)
    assert done["done"] == ["flush neighbours gw-1", "flush neighbours gw-2"]
    wait_for(lambda now: now.arp == dict.fromkeys(CACHES, "lb-ext-1"))


def test_reset_ends_when_every_cache_agrees() -> None:
    took = json.loads(harness("reset", "--json").stdout)["reset_s"]
    assert status().arp == dict.fromkeys(CACHES, "lb-ext-1")
    assert took > 0  # how long it takes is for `make bench`: a loaded machine proves nothing


LONG: Final = """
from harness import faults
from harness.experiment import Trials
from harness.model.units import s

def test_long(trials: Trials) -> None:
    for trial in trials:
        trial.step("blip", faults.blackhole("trunk", duration=120 * s), watch=s)
"""


def test_ctrl_c_in_a_trial_undoes_first_and_keeps_the_partial_run(tmp_path: Path) -> None:
    """With an experiment of one's own, named by its path. The second Ctrl-C cannot skip the undo."""
    (tmp_path / "test_long.py").write_text(LONG)
    sparingly = ("--trials", "1", "--probe-rate", "50", "--runs", f"{tmp_path}/runs")
    with running("run", f"{tmp_path}/test_long.py", *sparingly, "--json") as process:
        read_until(process, "blip:")
        wait_for(lambda now: now.active != ())
        process.send_signal(signal.SIGINT)
        read_until(process, "Interrupted: undoing first.")
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=90)
        assert process.returncode == 130
    assert status().active == ()
    (folder,) = (tmp_path / "runs").iterdir()
    kept = decode_outcome((folder / "outcome.json").read_bytes())
    assert decode_outcome(out.encode()) == kept
    assert kept.verdict == "invalid"
    assert kept.sentence.startswith("Interrupted.")


AS_NOBODY: Final = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root can become another user")
def test_no_permission_is_said() -> None:
    done = subprocess.run(
        [*AS_NOBODY, *HARNESS, "status"], env=ENVIRONMENT, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 3, done.stderr
    assert "This user may not use the Docker socket" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.nightly
def test_a_lab_that_is_down_is_said() -> None:
    assert "harness up --lab cli-nowhere" in harness("status", "--lab", "cli-nowhere", code=3).stderr
    harness("down", "--lab", "cli-nowhere")
