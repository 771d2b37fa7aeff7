"""`harness conform`: what is a finding, and what passes. The trials are those that tests/data keeps."""

from pathlib import Path

from harness.campaign.conform import Asked, Finding, conformed
from harness.campaign.replayed import Replayed, replayed

DATA = Path(__file__).parents[2] / "data"
SAME, LATE, OTHER = Replayed((), ()), Replayed(("owners",), ()), Replayed(("owners",), ("owners",))


def asked(trials: int) -> Asked:
    return Asked("advert-100ms", trials, 1)


def finding(explained: str = "") -> Finding:
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
    found = conformed(asked(3), {1: SAME, 2: LATE, 3: SAME}, [], 0)
    assert (found.verdict, found.free, found.guided) == ("passed", 2, 3)


def test_a_trial_that_differs_fails_until_it_is_explained() -> None:
    results = {1: SAME, 2: SAME, 3: OTHER}
    assert conformed(asked(3), results, [finding()], 0).verdict == "failed"
    assert conformed(asked(3), results, [finding("the model knows no such op")], 0).verdict == "passed"


def test_too_little_that_was_measured_is_no_pass() -> None:
    assert conformed(asked(10), {1: SAME}, [], 9).verdict == "invalid"
    assert conformed(asked(10), {}, [], 10).verdict == "invalid"
    assert conformed(asked(10), {1: SAME}, [], 0).verdict == "unfinished"
