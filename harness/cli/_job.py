"""What `harness run` was asked for, and the job that follows from it: tests, a folder, and pytest's command."""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from harness.cli._console import DEFAULT
from harness.experiment.catalogue import Experiment, TestEntry
from harness.experiment.process import pytest_command
from harness.model.configuration import Configuration


class Asked(NamedTuple):
    """Of an experiment, by its options. None and "": as usual."""

    experiment: str
    only: str
    trials: int | None
    probe_rate: float | None
    configuration: str
    site: Path | None
    release: str
    baseline: str


class Place(NamedTuple):
    """Where it runs and where its results go. `json`: the outcome is printed as JSON."""

    lab: str
    runs: Path
    junit: Path | None
    json: bool


class Job(NamedTuple):
    """One run: `command` is pytest's, `folder` where it is recorded."""

    experiment: Experiment
    tests: tuple[TestEntry, ...]
    folder: Path
    command: list[str]
    json: bool


def job_of(asked: Asked, chosen: Experiment, place: Place) -> Job:
    """Raises `UnknownName` for a test that the experiment does not have."""
    folder = _folder(place.runs, chosen.name, place.lab)
    options = _options(
        lab=place.lab,
        trials=asked.trials or "usual",
        only=asked.only,
        configuration=asked.configuration,
        junitxml=place.junit,
        site=asked.site,
        release=asked.release,
        probe_rate=asked.probe_rate,
        run_folder=folder,
    )
    return Job(chosen, chosen.choose(asked.only), folder, pytest_command(Path(chosen.path), *options), place.json)


def configurations(job: Job, asked: str) -> list[Configuration]:
    """Those of the run: the one that was asked for, for all tests, or each test's own."""
    return [Configuration.load(name) for name in sorted({asked or test.configuration for test in job.tests})]


def _folder(runs: Path, experiment: str, lab: str) -> Path:
    """The folder of one run: NAME-TIME, with the lab's name if it is not the usual lab."""
    return runs / f"{experiment}-{datetime.now().astimezone():%Y%m%d-%H%M%S}{'' if lab == DEFAULT else f'-{lab}'}"


def _options(**options: object) -> list[str]:
    return [f"--{name.replace('_', '-')}={value}" for name, value in options.items() if value not in {None, ""}]
