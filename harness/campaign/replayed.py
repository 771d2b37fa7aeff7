"""A recorded trial done again by the model, with timers on time and with timers as late as recorded."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from harness.history import store
from harness.simulation.conformance import conformance
from harness.simulation.replay import of_files


class Replayed(msgspec.Struct, frozen=True):
    """What differs, a sentence each: `free` with timers on time, `guided` with timers as late as recorded."""

    free: tuple[str, ...]
    guided: tuple[str, ...]


def replayed(run: Path) -> Replayed:
    """The last trial of a run: those before it were invalid. Raises `UsageError` for files that cannot be read."""
    history = store.load(run)
    trial = max(number for number, _ in history.steps)
    first = next(step for step in history.steps if step[0] == trial)
    name = history.configuration(history.step(*first).began_ns)
    settings = of_files(dict(_files(run / "configuration" / name)))
    free, guided = (
        tuple(map(str, conformance(history, settings, trial, guided=late).differences)) for late in (False, True)
    )
    return Replayed(free, guided)


def _files(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    for node in sorted(folder.glob("*/")):
        yield node.name, {file.name: file.read_text() for file in node.iterdir() if file.is_file()}
