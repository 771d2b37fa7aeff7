"""`harness conform`: what is a finding, and what passes. The trials are those that tests/data keeps."""

from pathlib import Path

import pytest

from harness.campaign import log, plan
from harness.campaign.carry_out import CarriedOut, On, pairs
from harness.campaign.conform import Asked, Explanation, Finding, conformed, finding
from harness.campaign.minimal import SMALLER, Least, minimal
from harness.campaign.plan import Plan
from harness.campaign.replayed import Replayed, replayed
from harness.campaign.result import Result
from harness.campaign.schedules import parse, text
from harness.model.errors import NotMeasured
from tests.unit.campaign.campaigns import quiet, told

DATA = Path(__file__).parents[2] / "data"
SAME, LATE, OTHER = Replayed((), ()), Replayed(("owners",), ()), Replayed(("owners",), ("owners",))


def asked(trials: int) -> Asked:
    return Asked("advert-100ms", trials, 1)


def found(explained: str = "") -> Finding:
    return Finding(3, "freeze lb-ext-1 for 1s", "freeze lb-ext-1 for 1s", ("owners",), "run", explained)


def test_a_recorded_outage_conforms() -> None:
    assert replayed(DATA / "outage") == SAME


def test_another_schedule_than_that_of_the_recording_does_not_conform(tmp_path: Path) -> None:
    """The same recording with settings that the pair did not have: the model must not agree with everything."""
    run = tmp_path / "run"
    run.mkdir()
    for each in (DATA / "outage").iterdir():
        if each.name != "configuration":
            (run / each.name).symlink_to(each)
    for file in (DATA / "outage" / "configuration").rglob("*"):
        if file.is_file():
            copy = run / "configuration" / file.relative_to(DATA / "outage" / "configuration")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(file.read_text().replace("advert_int 0.1", "advert_int 1"))
    assert replayed(run).guided


def test_late_timers_alone_are_no_finding() -> None:
    late = conformed(asked(3), {1: SAME, 2: LATE, 3: SAME}, [], 0)
    assert (late.verdict, late.free, late.guided) == ("passed", 2, 3)


def test_a_trial_that_differs_fails_until_it_is_explained() -> None:
    results = {1: SAME, 2: SAME, 3: OTHER}
    assert conformed(asked(3), results, [found()], 0).verdict == "failed"
    assert conformed(asked(3), results, [found("the model knows no such op")], 0).verdict == "passed"


def test_too_little_that_was_measured_is_no_pass() -> None:
    assert conformed(asked(10), {1: SAME}, [], 9).verdict == "invalid"
    assert conformed(asked(10), {}, [], 10).verdict == "invalid"
    assert conformed(asked(10), {1: SAME}, [], 0).verdict == "unfinished"


def test_an_explanation_is_of_its_differences_alone() -> None:
    schedule = finding(asked(1), 1, ("owners",), "run").schedule
    before = Asked("advert-100ms", 1, 1, {schedule: Explanation("lab: a late timer", ("owners",))})
    same, other = (finding(before, 1, differs, "run") for differs in (("owners",), ("owners", "cache")))
    assert (same.explained, same.before) == ("lab: a late timer", "")
    assert (other.explained, other.before) == ("", "lab: a late timer")
    assert conformed(before, {1: OTHER}, [other], 0).verdict == "failed"


WORDS = pairs()("advert-100ms").words
BOTH = parse("freeze lb-ext-1 for 280ms & freeze lb-ext-2 for 280ms at +1s, 40ms after an advert", WORDS)
ON = On(("lab",), quiet)


class Tried:
    """Instead of a campaign on labs: each part gives `results`' next one, in the folder that it is asked for."""

    def __init__(self, *statuses: str) -> None:
        self._statuses, self.folders = statuses, list[Path]()

    def __call__(self, asked: Plan, folder: Path, _on: On) -> CarriedOut:
        self.folders.append(folder)
        plan.keep(folder, asked)
        for job, status in zip(asked.jobs(), self._statuses, strict=True):
            for attempt in (1, 2):
                log.append(folder, Result(job, attempt, "invalid" if status == "invalid" else "as expected"))
        return CarriedOut(told(folder), interrupted=False)


@pytest.mark.parametrize("statuses, complete", [(("same", "same"), True), (("same", "invalid"), False)])
def test_a_part_that_was_not_measured_is_not_taken_for_one_that_conforms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statuses: tuple[str, ...], *, complete: bool
) -> None:
    monkeypatch.setattr("harness.campaign.minimal.carry_out", Tried(*statuses))
    monkeypatch.setattr("harness.campaign.minimal.replayed", lambda _run: SAME)
    assert minimal("advert-100ms", BOTH, tmp_path, ON) == (Least(BOTH, complete), False)


def test_other_parts_after_the_model_was_mended_are_another_campaign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left of a schedule may be another half then, of as many faults."""
    tried = Tried("same", "same")
    monkeypatch.setattr("harness.campaign.minimal.carry_out", tried)
    monkeypatch.setattr("harness.campaign.minimal.replayed", lambda _run: SAME)
    other = parse(text(BOTH).replace("280ms", "180ms"), WORDS)
    for schedule in (BOTH, other, BOTH):
        minimal("advert-100ms", schedule, tmp_path, ON)
    assert tried.folders[0] == tried.folders[2] != tried.folders[1]
    assert {each.parent for each in tried.folders} == {tmp_path / SMALLER}


def test_a_lab_that_gives_up_while_shrinking_hides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gives_up(_plan: Plan, _folder: Path, _on: On) -> CarriedOut:
        raise NotMeasured("3 trials in a row measured nothing.")

    monkeypatch.setattr("harness.campaign.minimal.carry_out", gives_up)
    said = list[str]()
    least = minimal("advert-100ms", BOTH, tmp_path, On(("lab",), said.append))
    assert least == (Least(BOTH, complete=False), False)
    assert "not made smaller: 3 trials" in said[0]
