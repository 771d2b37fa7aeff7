"""Killed and resumed, in parts, on several labs: the same table."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.campaign import log, plan
from harness.campaign.job import Cell, Job
from harness.campaign.merge import merge
from harness.campaign.plan import Plan
from harness.campaign.result import Result
from harness.campaign.runner import IN_A_ROW, Runner
from harness.campaign.shard import Shard
from harness.model.errors import NotMeasured, UsageError
from tests.unit.campaign.campaigns import A, B, Killed, Performed, chance, done, no_lab, quiet, result, told

CELLS = (A, B, Cell("june_13", "outage", ""))
UNTIL = st.sampled_from(("", "better a b"))


def torn(folder: Path, share: float) -> None:
    """As a kill in the middle of a write leaves it: a part of one more line."""
    line = b'{"job":{"cell":{"what":"blips"},"seed":1,"trial":1},"attempt":1,"status":"as expected"}'
    with (folder / log.FILE).open("ab") as file:
        file.write(line[: int(share * len(line))])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 4), max_size=6), st.floats(0, 0.99), st.integers(1, 3), st.integers(1, 8), UNTIL)
def test_killed_and_resumed_is_the_same_table(
    kills: list[int], share: float, labs: int, trials: int, until: str
) -> None:
    asked = Plan(CELLS, trials, 1, until)
    names = [f"lab-{number}" for number in range(labs)]
    with TemporaryDirectory() as name:
        once = done(asked, Path(name) / "once")
        folder = Path(name) / "killed"
        for kill in kills:
            try:
                done(asked, folder, Performed([kill]), names)
            except Killed:
                torn(folder, share)
        assert done(asked, folder, labs=names) == once
        assert once.left == 0


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 5), st.integers(1, 7), st.integers(0, 3))
def test_shards_that_are_merged_are_one_campaign(shards: int, trials: int, seed: int) -> None:
    asked = Plan(CELLS, trials, seed)
    with TemporaryDirectory() as name:
        root = Path(name)
        once = done(asked, root / "once")
        for k in range(1, shards + 1):
            done(Plan(CELLS, trials, seed, "", Shard(k, shards)), root / f"part-{k}")
        assert merge([root / f"part-{k}" for k in range(1, shards + 1)], root / "whole") == asked
        assert told(root / "whole") == once


def test_a_shard_that_is_missing_leaves_its_trials_open(tmp_path: Path) -> None:
    done(Plan(CELLS, 4, 1, "", Shard(1, 2)), tmp_path / "part-1")
    merge([tmp_path / "part-1"], tmp_path / "whole")
    found = told(tmp_path / "whole")
    assert (found.verdict, found.left) == ("unfinished", 6)
    done(Plan(CELLS, 4, 1), tmp_path / "whole")  # what is left can be done where they were put together
    assert told(tmp_path / "whole") == done(Plan(CELLS, 4, 1), tmp_path / "once")


def test_what_does_not_add_up_is_refused(tmp_path: Path) -> None:
    done(Plan(CELLS, 2, 1, "", Shard(1, 2)), tmp_path / "a")
    done(Plan(CELLS, 2, 2, "", Shard(2, 2)), tmp_path / "b")
    done(Plan(CELLS, 2, 1, "", Shard(1, 3)), tmp_path / "c")
    for folders, why in ((["a", "b"], "different campaigns"), (["a", "c"], "divisions"), (["a", "a/"], "is one of")):
        with pytest.raises(UsageError, match=why):
            merge([tmp_path / folder for folder in folders], tmp_path / "a")
    with pytest.raises(UsageError, match="is no campaign"):
        merge([tmp_path], tmp_path / "whole")


def test_another_plan_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    done(Plan(CELLS, 2, 1), tmp_path)
    with pytest.raises(UsageError, match="another campaign"):
        plan.keep(tmp_path, Plan(CELLS, 3, 1))


def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    done(Plan((A,), 5, 1), tmp_path)
    again = Performed()
    done(Plan((A,), 5, 1), tmp_path, again)
    assert again.calls == 0


def test_a_torn_line_costs_its_trial_alone(tmp_path: Path) -> None:
    log.append(tmp_path, result(A, 1, good=True))
    whole = (tmp_path / log.FILE).read_bytes()
    log.append(tmp_path, result(A, 2, good=True))
    os.truncate(tmp_path / log.FILE, len(whole) + 10)
    log.append(tmp_path, result(A, 3, good=True))
    assert [each.job.trial for each in log.read(tmp_path)] == [1, 3]


def test_two_processes_never_run_one_campaign(tmp_path: Path) -> None:
    with log.alone(tmp_path), pytest.raises(UsageError, match="Another process"), log.alone(tmp_path):
        pass


def test_a_lab_that_dies_leaves_its_jobs_to_the_others(tmp_path: Path) -> None:
    asked = Plan(CELLS, 4, 1)

    def gives(job: Job, attempt: int) -> Result:
        return chance(job, attempt)

    class OneLabDies(Performed):
        def __call__(self, job: Job, attempt: int, lab: str, kept_open: int = -1) -> Result:
            if lab == "bad":
                raise NotMeasured("This lab is broken.")
            return super().__call__(job, attempt, lab, kept_open)

    assert done(asked, tmp_path / "two", OneLabDies(gives=gives), ("bad", "good")) == done(asked, tmp_path / "one")


def test_a_campaign_whose_labs_are_all_dead_says_why(tmp_path: Path) -> None:
    def lost(job: Job, attempt: int) -> Result:
        return Result(job, attempt, "lost", why="its process was ended by signal 9")

    performed = Performed(gives=lost)
    with pytest.raises(NotMeasured, match=r"3 trials in a row measured nothing.*signal 9"):
        done(Plan(CELLS, 4, 1), tmp_path, performed)
    assert performed.calls == IN_A_ROW


class OneMeasuresNothing(Performed):
    """The lab `bad` does, and the others measure each trial."""

    def __call__(self, job: Job, attempt: int, lab: str, kept_open: int = -1) -> Result:
        self.calls += 1
        if lab == "bad":
            return Result(job, attempt, "invalid", why="the recorder stopped", lab=lab)
        return Result(job, attempt, "as expected", good=True, lab=lab)


@pytest.mark.parametrize("labs", [("bad", "good"), ("good", "bad"), ("bad", "good", "other")])
def test_a_lab_that_measures_nothing_costs_no_job_its_attempts(tmp_path: Path, labs: tuple[str, ...]) -> None:
    found = done(Plan(CELLS, 8, 1), tmp_path, OneMeasuresNothing(), labs)
    assert [(row.expected, row.unmeasured) for row in found.rows] == [(8, 0)] * 3


def test_what_a_lab_that_was_given_up_has_tried_is_tried_again_by_the_next_call(tmp_path: Path) -> None:
    asked, performed = Plan((A,), 4, 1), OneMeasuresNothing()
    with pytest.raises(NotMeasured, match="3 trials in a row measured nothing"):
        done(asked, tmp_path, performed, ("bad",))
    assert performed.calls == IN_A_ROW
    assert (told(tmp_path).left, told(tmp_path).rows[0].unmeasured) == (4, 0)
    found = done(asked, tmp_path, performed, ("good",))
    assert (found.verdict, found.rows[0].expected, found.attempts) == ("passed", 4, IN_A_ROW)


def test_rows_that_no_lab_can_measure_do_not_keep_a_lab_from_the_others(tmp_path: Path) -> None:
    def gives(job: Job, attempt: int) -> Result:
        if job.cell != CELLS[2]:
            return Result(job, attempt, "invalid", why="Pair not steady after 40 s.", lab="lab")
        return Result(job, attempt, "as expected", good=True, lab="lab")

    with pytest.raises(NotMeasured):
        done(Plan(CELLS, 4, 1), tmp_path, Performed(gives=gives))
    found = done(Plan(CELLS, 4, 1), tmp_path, Performed(gives=gives))
    assert [(row.measured, row.unmeasured) for row in found.rows] == [(0, 4), (0, 4), (4, 0)]
    assert found.verdict == "invalid"


def test_a_killed_worker_costs_its_trial_alone(tmp_path: Path) -> None:
    """Its first attempt is lost, the second one measures; no other trial notices."""

    def gives(job: Job, attempt: int) -> Result:
        if job.trial == 2 and attempt == 1:
            return Result(job, attempt, "lost", why="its process was ended by signal 9")
        return Result(job, attempt, "as expected", good=True)

    found = done(Plan((A,), 5, 1), tmp_path, Performed(gives=gives))
    assert (found.verdict, found.rows[0].expected, found.rows[0].unmeasured, found.attempts) == ("passed", 5, 0, 1)


def test_no_lab_is_needed_once_all_is_done_or_it_is_interrupted(tmp_path: Path) -> None:
    asked = Plan((A,), 2, 1)
    plan.keep(tmp_path, asked)
    runner = Runner(asked, tmp_path, Performed(), no_lab, quiet)
    assert not runner.ended
    runner.interrupted = True
    assert runner.ended
    done(asked, tmp_path)
    assert Runner(asked, tmp_path, Performed(), no_lab, quiet).ended


def test_an_interrupt_is_handed_on_and_keeps_what_was_measured(tmp_path: Path) -> None:
    asked, performed = Plan((A,), 6, 1), Performed()
    plan.keep(tmp_path, asked)
    runner = Runner(asked, tmp_path, performed, no_lab, quiet)

    def interrupted(job: Job, attempt: int) -> Result:
        if performed.calls == 3:
            runner.interrupted = True  # as `_join` does on Ctrl-C
        return chance(job, attempt)

    performed._gives = interrupted
    runner.run(["lab"])
    assert len(log.read(tmp_path)) == 2
    assert done(asked, tmp_path) == done(asked, tmp_path / "once")
