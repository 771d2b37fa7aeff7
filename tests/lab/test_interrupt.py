"""Ctrl-C under plain pytest, in the watch of a trial that holds a fault. Under `harness run`: test_cli.py."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from harness.history import store
from harness.model.events import OpApplied, OpReleased
from harness.model.ops import LinkDown
from tests.lab.watched import Watched, watching

pytestmark = pytest.mark.lab

ROOT: Final = Path(__file__).parents[2]
HELD: Final = LinkDown("gw-2.external")
EXPERIMENT: Final = """
from harness import faults
from harness.experiment import Trials
from harness.model.units import s

def test_long(trials: Trials) -> None:
    for trial in trials:
        trial.step("cut", faults.link_down("gw-2.external"), watch=600 * s)
"""


@pytest.fixture
def hand(lab: str) -> Iterator[Watched]:
    with watching(lab, "network-agent", "hand") as watched:
        yield watched


def recorders(run: Path) -> list[str]:
    """Command lines of processes that record into this folder."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode())
        except ProcessLookupError:
            continue  # it ended while we looked
    return [line for line in lines if "harness.lab.recorder" in line and str(run) in line]


@pytest.mark.nightly
def test_ctrl_c_in_the_watch_undoes_first_and_keeps_the_partial_run(lab: str, hand: Watched, tmp_path: Path) -> None:
    (tmp_path / "test_long.py").write_text(EXPERIMENT)
    run, start = tmp_path / "run", hand.mark()
    options = [
        f"--lab={lab}",
        "--probe-rate=50",
        f"--run-folder={run}",
        f"--rootdir={tmp_path}",
        "-p",
        "no:cacheprovider",
    ]
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", f"{tmp_path}/test_long.py", *options],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        try:
            hand.wait(OpApplied, lambda e: e.op == HELD, start)
            assert recorders(run)
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == pytest.ExitCode.INTERRUPTED, said
    assert hand.wait(OpReleased, lambda e: e.op == HELD, start).why == "undo"
    assert hand.client.hello().held == ()
    assert not recorders(run)
    kept = store.read_outcome(run)
    assert kept.sentence.startswith("Interrupted.")
    assert kept.verdict == "invalid"
    (test,) = kept.tests
    assert [trial.reasons for trial in test.trials] == [("interrupted",)]
