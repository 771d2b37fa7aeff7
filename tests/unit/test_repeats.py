"""Tests that a busy machine spoilt: when they run again, and what becomes of those that fail to the end."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.busyness import LOADED, STOLEN, WAITED, Busyness
from harness.model.kernel_counts import CpuTime, Reading
from harness.model.units import s

Run = Callable[..., tuple[int, str]]

BUSY, QUIET = -1.0, 1e9  # bounds that every machine is above, or none

MODULE = """
import pytest
from harness.experiment.trial import InvalidTrial
from harness.model.errors import NotMeasured, TimedOut

made = []

@pytest.fixture(scope="module")
def attempt():
    made.append(1)
    return len(made)

@pytest.fixture(scope="module")
def late(attempt):
    if attempt < 2:
        raise InvalidTrial("late")
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """(exit status, all that it printed) of pytest on one module, whose tests are a lab's."""

    def inner(body: str, *options: str, bound: float = QUIET, lab: bool = True) -> tuple[int, str]:
        for name in ("STOLEN", "WAITED", "LOADED"):
            monkeypatch.setattr(f"harness.busyness.{name}", bound)
        monkeypatch.delitem(sys.modules, "test_it", raising=False)
        (tmp_path / "test_it.py").write_text(f"{MODULE}pytestmark = [pytest.mark.lab][: {lab}]\n{body}")
        (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = lab\n")
        argv = [str(tmp_path), "--import-mode=importlib", "-p", "no:cacheprovider", "-p", "no:locust", "-rs", "-s"]
        status = pytest.main([*argv, "--color=no", *options])
        told = capsys.readouterr()
        return status, told.out + told.err

    return inner


FIRST = "def test_first(attempt): pass\n"  # the module's fixture is made before the test that is repeated
FAILS = "def test_fails(attempt): assert attempt > 9, 'no owner'\n"
SECOND = "def test_second(attempt): assert attempt > 1, 'no owner'\n"
INVALID = "def test_invalid(): raise InvalidTrial('arrivals were late')\n"
WAITS = "def test_waits(): raise TimedOut('an owner', 5, 'none')\n"


def test_on_a_quiet_machine_a_failure_that_comes_again_is_final(run: Run) -> None:
    status, output = run(FAILS, "--repeats", "2")
    assert status == 1
    assert "1 failed" in output
    assert output.count("is repeated") == 1
    assert "unstable" not in output


def test_on_a_quiet_machine_a_test_that_passes_when_repeated_is_unstable(run: Run) -> None:
    """It is shown with its failure: a race is a defect."""
    status, output = run(SECOND, "--repeats", "2")
    assert status == 0
    assert "unstable: 1 of 1 tests on a lab" in output
    assert "test_it.py::test_second: AssertionError: no owner" in output


def test_more_than_two_unstable_tests_fail_the_run(run: Run) -> None:
    body = "made_of = {}\n"
    for n in range(3):
        body += (
            f"def test_{n}():\n    made_of[{n}] = made_of.get({n}, 0) + 1\n    assert made_of[{n}] > 1, 'no owner'\n"
        )
    status, output = run(body, "--repeats", "1")
    assert status == 1
    assert "More than 2 were unstable" in output


def test_on_a_busy_machine_it_is_repeated_with_fixtures_made_anew(run: Run) -> None:
    status, output = run(FIRST + SECOND + FIRST.replace("first", "third"), "--repeats", "2", bound=BUSY)
    assert status == 0, output
    assert "3 passed" in output
    assert "test_it.py::test_second is repeated: AssertionError: no owner" in output
    assert "repeated: 1 of 3 tests on a lab" in output


@pytest.mark.parametrize("bound", [BUSY, QUIET])
def test_what_is_invalid_is_repeated_on_any_machine(run: Run, bound: float) -> None:
    """Our own instruments failed: of the pair it says nothing. A fixture that failed is made anew too."""
    assert run("def test_it(late): pass\n", "--repeats", "1", bound=bound)[0] == 0


def test_an_assertion_that_fails_to_the_end_is_a_failure(run: Run) -> None:
    status, output = run(FAILS, "--repeats", "2", bound=BUSY)
    assert status == 1
    assert output.count("is repeated") == 2
    assert "assert 3 > 9" in output


def test_no_more_attempts_than_asked_for(run: Run) -> None:
    assert run(SECOND, "--repeats", "0", bound=BUSY)[0] == 1


def test_without_evidence_on_a_quiet_machine_it_is_a_failure(run: Run) -> None:
    assert run(INVALID, "--repeats", "1")[0] == 1


@pytest.mark.parametrize("body, why", [(INVALID, "InvalidTrial: arrivals were late"), (WAITS, "TimedOut: ")])
def test_without_evidence_on_a_busy_machine_it_is_not_measurable(run: Run, body: str, why: str) -> None:
    enough = "@pytest.mark.parametrize('i', range(33))\ndef test_other(i): pass\n"
    status, output = run(enough + body, "--repeats", "1", bound=BUSY)
    assert status == 0
    assert "33 passed, 1 skipped" in output
    assert f"not measurable here: {why}" in output
    assert "not measurable here: 1 of 34 tests on a lab" in output


def test_more_than_three_percent_not_measurable_fail_the_run(run: Run) -> None:
    enough = "@pytest.mark.parametrize('i', range(32))\ndef test_other(i): pass\n"
    status, output = run(enough + INVALID, "--repeats", "1", bound=BUSY)
    assert status == 1
    assert "More than 3% were not measurable here" in output


def test_a_run_that_has_failed_repeats_no_more(run: Run) -> None:
    status, output = run(INVALID + SECOND, "--repeats", "1", bound=BUSY)
    assert status == 1
    assert output.count("is repeated") == 1  # the first test: 1 of 2 was not measurable after it


def test_an_assertion_is_not_hidden_by_what_its_teardown_says(run: Run) -> None:
    body = "@pytest.fixture\ndef lab():\n    yield\n    raise TimedOut('the reset', 1, 'gw-1')\n"
    body += "def test_it(lab): assert False, 'no owner'\n"
    status, output = run(body, "--repeats", "1", bound=BUSY)
    assert status == 1
    assert "no owner" in output


def test_a_valid_trial_is_a_result_on_any_machine(run: Run) -> None:
    """Its validity has judged the machine: to repeat it until it passes would select the trials."""
    body = "@pytest.fixture\ndef trials(): return []\ndef test_it(trials, attempt): assert attempt > 1, 'no owner'\n"
    status, output = run(body, "--repeats", "2", bound=BUSY)
    assert status == 1
    assert "is repeated" not in output


def test_a_fixture_that_cannot_be_torn_down_ends_the_attempts(run: Run) -> None:
    body = "@pytest.fixture(scope='module')\ndef left(attempt):\n    yield\n    raise TimedOut('the undo', 1, 'gw-1')\n"
    body += "def test_it(left, attempt): assert attempt > 1, 'no owner'\ndef test_other(left): pass\n"
    status, output = run(body, "--repeats", "2", bound=BUSY)
    assert status == 1
    assert "waiting for the undo" in output


@pytest.mark.parametrize(
    "options", [("--repeats", "-1"), ("--repeats", "1.5"), ("--repeats", "1", "--run-folder", "x")]
)
def test_what_cannot_be_meant_is_refused(run: Run, options: tuple[str, ...]) -> None:
    assert run(SECOND, *options)[0] == pytest.ExitCode.USAGE_ERROR


MANY = "@pytest.mark.parametrize('i', range(40))\ndef test_other(i): pass\n"


def test_a_test_with_a_result_in_any_attempt_is_measurable(run: Run) -> None:
    body = "def test_it(attempt):\n    assert attempt > 1, 'two owners'\n    raise InvalidTrial('late')\n"
    status, output = run(MANY + body, "--repeats", "1", bound=BUSY)
    assert status == 1
    assert "1 failed" in output


def test_a_teardown_that_fails_is_not_hidden_by_a_lack_of_evidence(run: Run) -> None:
    body = "@pytest.fixture\ndef lab():\n    yield\n    assert False, 'the fault is still in force'\n"
    body += "def test_it(lab): raise NotMeasured('too little')\n"
    status, output = run(MANY + body, "--repeats", "1", bound=BUSY)
    assert status == 1
    assert "the fault is still in force" in output


def test_a_module_that_cannot_be_torn_down_fails_its_last_test(run: Run) -> None:
    """It is no part of an attempt: a fault that is still in force is not repeated away."""
    body = "@pytest.fixture(scope='module')\ndef left():\n    yield\n    raise TimedOut('the undo', 1, 'gw-1')\n"
    status, output = run(body + "def test_it(left): pass\n", "--repeats", "2", bound=BUSY)
    assert status == 1
    assert "is repeated" not in output


def test_invalid_trials_beside_a_valid_failure_are_a_result(run: Run) -> None:
    body = "def test_it(): raise NotMeasured('1 of 4 attempts were valid') from AssertionError('two owners')\n"
    assert run(MANY + body, "--repeats", "1", bound=BUSY)[0] == 1


def test_the_sessions_fixtures_are_kept(run: Run) -> None:
    """Also those of the last test of the session: a lab that is up stays up."""
    body = "@pytest.fixture(scope='session')\ndef lab():\n    print('LAB UP')\n    yield\n    print('LAB DOWN')\n"
    status, output = run(body + "def test_it(lab, attempt): assert attempt > 2\n", "--repeats", "2", bound=BUSY)
    assert status == 0
    assert output.count("LAB UP") == output.count("LAB DOWN") == 1


def test_a_fixture_that_was_invalid_is_made_anew_for_the_first_of_several_tests(run: Run) -> None:
    assert run("def test_it(late): pass\n" + FIRST, "--repeats", "1")[0] == 0


def test_tests_without_a_lab_are_never_repeated(run: Run) -> None:
    status, output = run(SECOND, "--repeats", "2", bound=BUSY, lab=False)
    assert status == 1
    assert "repeated" not in output


@pytest.mark.parametrize(
    "busyness, busy",
    [
        (Busyness(STOLEN, WAITED, LOADED), False),  # at a bound is not above it
        (Busyness(STOLEN + 0.01, 0, None), True),
        (Busyness(0, WAITED + 0.01, None), True),
        (Busyness(None, None, LOADED + 0.1), True),
        (Busyness(None, None, None), False),
    ],
)
def test_busy_is_above_any_bound(busyness: Busyness, *, busy: bool) -> None:
    assert busyness.busy is busy


def test_shares_are_of_the_time_between_two_readings() -> None:
    """Stolen time is a share of all CPUs' time."""
    then = Reading(10 * s, CpuTime(2, 0, 1 * s), 5 * s)
    now = Reading(14 * s, CpuTime(2, 3 * s, 1_800_000_000), 8 * s)
    assert Busyness.since(then, now) == (0.1, 0.75, None)


def test_without_pressure_the_load_average_tells() -> None:
    busyness = Busyness.since(Reading(10 * s, None, None), Reading(14 * s, None, None))
    assert busyness.stolen is busyness.waited is None
    assert busyness.loaded is not None
    assert busyness.loaded >= 0


def test_a_busy_machine_is_described() -> None:
    assert str(Busyness(0.07, 0.93, None)) == (
        "7% of the CPU time went to other machines, tasks waited for a CPU 93% of the time"
    )
    assert str(Busyness(None, None, 1.25)) == "the load average was 1.2 per CPU"
    assert re.match("the kernel does not count", str(Busyness(None, None, None)))


def test_other_plugins_see_a_test_as_the_next_one(run: Run, tmp_path: Path) -> None:
    hook = "def pytest_runtest_teardown(item, nextitem):\n    print('next of', nextitem and nextitem.module.__name__)\n"
    (tmp_path / "conftest.py").write_text(hook)
    status, told = run(FIRST + INVALID, "--repeats", "1")
    assert status == pytest.ExitCode.TESTS_FAILED
    assert "next of" in told
    assert "AttributeError" not in told


def test_a_test_that_hung_is_not_repeated(run: Run) -> None:
    """Its time is used up: a second attempt would have none."""
    waits = "def test_waits():\n    import threading\n    threading.Event().wait(60)\n"
    status, output = run(waits, "--repeats", "2", "--timeout", "0.2", bound=BUSY)
    assert status == 1
    assert "1 failed" in output
    assert "is repeated" not in output
