"""What the markers of a test ask for: its lab's overlays, the configuration and load of its trials, and how many."""

from pathlib import Path
from typing import Final

import pytest
from msgspec import structs

from harness.model.comparisons import declared, refuse_too_many
from harness.model.configuration import DEFAULT, Configuration
from harness.model.errors import UsageError
from harness.model.load import BACKGROUND, StreamSetting
from harness.model.run_facts import Parameter
from harness.model.units import s

TRIAL_NS: Final = 16 * s
"""Duration of a trial with one blip; a test with longer trials has the marker `lasts`."""

LONG_NS: Final = 60 * s
USUAL, FEW = 3, 2  # trials of a test, and of one whose trials last `LONG_NS` or more


def register(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "reproduction: passes when the outage appears")
    config.addinivalue_line("markers", "gate: passes when the pair holds")
    config.addinivalue_line("markers", "configuration(name, **vrrp): the configuration that the test runs under")
    config.addinivalue_line("markers", "load(stream=hz, …): arrivals per second of each vantage point, by stream")
    config.addinivalue_line("markers", "impatient(patience, retries): background customers give up, and ask again")
    config.addinivalue_line("markers", "mix(line, …): requests of background customers, in turn: 'POST /token 201'")
    config.addinivalue_line("markers", "overlay(name, …): overlays that the lab must have")
    config.addinivalue_line("markers", "compares(what, …): what decides when two runs are compared, at most six")
    config.addinivalue_line("markers", "lasts(ns): how long one trial takes; without it 16 s")
    config.addinivalue_line("markers", "soak: a row of a long table; deselected unless asked for with -m")
    config.addinivalue_line("markers", "nightly: takes long, and a quicker test shows its kind; deselected likewise")


def short_name(item: pytest.Item) -> str:
    """``test_prevention[refresh]`` → ``prevention[refresh]``."""
    return item.name.removeprefix("test_")


def configuration_of(item: pytest.Item) -> Configuration:
    """That of the option, else that of the marker: ``configuration("use-vmac", preempt=False)`` changes one setting."""
    asked, marker = item.config.getoption("--configuration"), item.get_closest_marker("configuration")
    if asked or marker is None:
        return Configuration.load(asked or DEFAULT)
    named = Configuration.load(marker.args[0])
    changes = ",".join(f"{key}={value}" for key, value in marker.kwargs.items())
    return named.with_vrrp(f"{named.name},{changes}", **marker.kwargs) if changes else named


def background_of(item: pytest.Item) -> StreamSetting:
    """Patient customers, or those of ``impatient(patience=2 * s, retries=3)``: they give up, and ask again."""
    impatient, mix = item.get_closest_marker("impatient"), item.get_closest_marker("mix")
    asking = structs.replace(BACKGROUND, mix=mix.args) if mix else BACKGROUND
    if impatient is None:
        return asking
    patience, retries = impatient.kwargs["patience"], impatient.kwargs["retries"]
    return structs.replace(asking, connect_timeout_ns=patience, read_timeout_ns=patience, retries=retries)


def parameters_of(item: pytest.Item) -> dict[str, Parameter]:
    """What a parametrised test is called with, a seed too, as far as it is a plain value."""
    called_with = item.callspec.params if hasattr(item, "callspec") else {}
    return {name: value for name, value in called_with.items() if isinstance(value, Parameter)}


def compares_of(item: pytest.Item) -> tuple[str, ...]:
    marker = item.get_closest_marker("compares")
    return tuple(map(str, marker.args)) if marker else ()


def refuse_comparisons(items: list[pytest.Item]) -> None:
    """Raises `pytest.UsageError` for a declaration that says nothing, and for too many in one experiment."""
    by_file: dict[Path, list[str]] = {}
    try:
        for item in items:
            by_file.setdefault(item.path, []).extend(declared(short_name(item), compares_of(item)))
        for found in by_file.values():
            refuse_too_many(found)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error


def overlays_of(node: pytest.Item | pytest.Collector) -> set[str]:
    return {str(overlay) for mark in node.iter_markers("overlay") for overlay in mark.args}


def wanted_trials(item: pytest.Item) -> int:
    """The number of valid trials: of the option, or the usual number."""
    asked: int | None = item.config.getoption("--trials")
    return asked or (USUAL if trial_ns(item) < LONG_NS else FEW)


def trial_ns(item: pytest.Item) -> int:
    marker = item.get_closest_marker("lasts")
    return int(marker.args[0]) if marker else TRIAL_NS


def is_experiment(item: pytest.Item) -> bool:
    return "trials" in getattr(item, "fixturenames", ())
