"""Recorded trials done again by the model: those of tests/data, and of tests/data/replays, which have no requests."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from harness.history import History, store
from harness.search.follows import reader
from harness.simulation.conformance import Conformance, conformance
from harness.simulation.replay import of_files
from harness.simulation.settings import Settings

DATA: Final = Path(__file__).parents[2] / "data"
RUNS: Final = sorted([*DATA.glob("*/run.json"), *DATA.glob("replays/*/run.json")])
FOLDERS: Final = {path.parent.name: path.parent for path in RUNS}
RECORDINGS: Final = tuple(FOLDERS)


@cache
def recorded(name: str) -> tuple[History, dict[str, dict[str, tuple[Settings, ...]]]]:
    """The history, and configuration → node → what the model needs of its keepalived.conf."""
    settings = {}
    for configuration in (FOLDERS[name] / "configuration").iterdir():
        files = {node.name: _texts(node) for node in configuration.iterdir()}
        beside = {file: text for texts in files.values() for file, text in texts.items()}
        settings[configuration.name] = of_files(files, reader(beside))
    return store.load(FOLDERS[name]), settings


def _texts(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.iterdir()}


def replays(name: str, *, guided: bool) -> Iterator[Conformance]:
    history, settings = recorded(name)
    for trial in sorted({trial for trial, _ in history.steps}):
        first = next(step for step in history.steps if step[0] == trial)
        configuration = history.configuration(history.step(*first).began_ns)
        yield conformance(history, settings[configuration], trial, guided=guided)


def differences(name: str) -> list[str]:
    """With timers as late as recorded."""
    return [str(each) for replay in replays(name, guided=True) for each in replay.differences]
