"""The soak's pure parts: what it demands of June 13, how it compares two labs, and that it goes on where it stopped."""

import sys
from pathlib import Path

import msgspec
import pytest

from harness.bench.command import side_by_side
from harness.bench.soak.june_13 import SPLIT
from harness.bench.soak.june_13 import unmet as unmet_june_13
from harness.bench.soak.side_by_side import unmet as unmet_side_by_side
from harness.bench.soaking import Soak, SoakPart, SoakResult, find_soak_parts, once
from harness.model.errors import NotMeasured
from harness.model.outcome import FaultOutcome, RunOutcome, StepOutcome, TestOutcome, TrialOutcome, VantageOutcome

FAULT = FaultOutcome(0.8, 0.8, None, ())
HEALED = dict.fromkeys(SPLIT, "lb-ext-1")


def vantage(success: float | None) -> VantageOutcome:
    return VantageOutcome(success, True, None, None, None, 1.0, 1, 0, None)


def trial(
    *, arp: dict[str, str | None] | None = None, success: tuple[float | None, ...] = (1.0, 0.0, 0.0), valid: bool = True
) -> TrialOutcome:
    vantages = {f"customer-{n}": vantage(share) for n, share in enumerate(success, 1)}
    return TrialOutcome(valid, (), (StepOutcome("blip", "", 10.0, FAULT, vantages, arp or dict(SPLIT)),))


def run(*trials: TrialOutcome, verdict: str = "passed", outcome: str = "reproduced") -> RunOutcome:
    document = {
        "experiment": "june_13", "verdict": verdict, "sentence": "s", "run": "runs/x",
        "tests": [TestOutcome("test_outage", "reproduction", outcome, "passed", trials)],
    }  # fmt: skip
    return msgspec.json.decode(msgspec.json.encode(document), type=RunOutcome)


def test_an_outage_that_splits_each_time_is_as_it_must_be() -> None:
    assert list(unmet_june_13(run(trial(), trial(), trial(valid=False, arp=dict(HEALED))), 2)) == []


@pytest.mark.parametrize(
    "outcome, reason",
    [
        (run(trial(), trial(), verdict="failed"), "The verdict is failed: s"),
        (run(trial()), "test_outage has 1 valid trials of 2."),
        (run(trial(), trial(valid=False)), "test_outage has 1 valid trials of 2."),
        (run(trial(), trial(arp=dict(HEALED))), f"test_outage, valid trial 2: the caches reach {HEALED}"),
        (run(trial(), trial(success=(0.9, 0, 0))), "test_outage, valid trial 2: success of customer-1 is 0.9"),
        (run(trial(), trial(success=(1, 0.04, 0))), "test_outage, valid trial 2: success of customer-2 is 0.04"),
        (run(trial(), trial(success=(1, 0, None))), "test_outage, valid trial 2: success of customer-3 is None"),
    ],
)
def test_june_13_must_come_out_the_same_each_time(outcome: RunOutcome, reason: str) -> None:
    assert list(unmet_june_13(outcome, 2)) == [reason]


def test_two_labs_with_the_same_result_agree() -> None:
    assert list(unmet_side_by_side(run(trial()), run(trial(valid=False, arp=dict(HEALED)), trial()))) == []


@pytest.mark.parametrize(
    "other, words",
    [
        (run(trial(), verdict="failed"), "One is passed, the other failed"),
        (run(trial(), outcome="not reproduced"), "test_outage is reproduced"),
        (run(trial(arp=dict(HEALED))), "test_outage left the caches reaching"),
        (msgspec.structs.replace(run(), tests=()), "test_outage ran on one lab only"),
    ],
)
def test_a_difference_between_two_labs_is_named(other: RunOutcome, words: str) -> None:
    (reason,) = unmet_side_by_side(run(trial()), other)
    assert words in reason


def test_agreeing_on_a_failure_is_not_enough() -> None:
    failed = run(trial(), verdict="failed")
    assert list(unmet_side_by_side(failed, failed)) == ["Both are failed: s"]


def test_the_folder_is_the_list_of_parts() -> None:
    assert {"june_13", "side_by_side"} <= set(find_soak_parts())


def test_a_part_is_done_once_and_one_that_was_interrupted_again(tmp_path: Path) -> None:
    done: list[int] = []

    def work(asked: Soak) -> SoakResult:
        done.append(asked.trials)
        if len(done) == 1:
            raise KeyboardInterrupt
        return SoakResult("split", ("not quite",), {asked.lab: run(trial())})

    part = SoakPart("about", 10, lambda trials: trials, work)
    asked = Soak(tmp_path, "lab", 0, lambda _: None)
    with pytest.raises(KeyboardInterrupt):
        once("mine", part, asked)
    first, second = once("mine", part, asked), once("mine", part, asked)
    assert done == [10, 10]
    assert first == second
    assert not second.met


def test_commands_run_at_once_and_their_outcomes_are_read(tmp_path: Path) -> None:
    """Each waits for the other's file: one after the other would never end."""
    script = (
        "import pathlib, sys, time; own, other, text = sys.argv[1:]; pathlib.Path(own).touch()\n"
        "while not pathlib.Path(other).exists(): time.sleep(0.01)\n"
        "print(text)"
    )
    a, b, text = str(tmp_path / "a"), str(tmp_path / "b"), msgspec.json.encode(run(trial())).decode()
    commands = [[sys.executable, "-c", script, *files, text] for files in ((a, b), (b, a))]
    assert side_by_side(commands, [None, None]) == [run(trial()), run(trial())]


def test_an_invalid_run_is_a_verdict_too() -> None:
    text = msgspec.json.encode(run(trial(), verdict="invalid")).decode()
    command = [sys.executable, "-c", "import sys; print(sys.argv[1]); sys.exit(3)", text]
    assert side_by_side([command], [None]) == [run(trial(), verdict="invalid")]


@pytest.mark.parametrize("status", [4, 130])
def test_a_run_that_left_something_behind_or_was_interrupted_is_none(status: int) -> None:
    text = msgspec.json.encode(run(trial())).decode()
    command = [sys.executable, "-c", f"import sys; print(sys.argv[1]); sys.exit({status})", text]
    with pytest.raises(NotMeasured, match=f"exit status {status}"):
        side_by_side([command], [None])


def test_a_command_that_measures_nothing_says_why(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; print('no engine', file=sys.stderr); sys.exit(3)"]
    with pytest.raises(NotMeasured, match=r"exit status 3\. no engine"):
        side_by_side([command], [tmp_path / "log"])
