"""The rows of a campaign, from what is asked: experiments or schedules × configurations."""

from collections.abc import Iterator, Sequence

from harness.campaign.job import DRAWN, Cell
from harness.experiment.catalogue import find_experiment
from harness.model.configuration import DEFAULT
from harness.model.errors import UsageError


def cells_of(asked: Sequence[str], configurations: Sequence[str]) -> tuple[Cell, ...]:
    """NAME stands for each test of the experiment, NAME:TEST for one. Without configurations each test has its own.

    Raises `UnknownName` for an experiment or a test, `UsageError` for a row that is asked for twice.
    """
    found = tuple(cell for each in asked for cell in _cells(each, configurations))
    if twice := next((cell for cell in found if found.count(cell) > 1), None):
        raise UsageError(f"{twice.subject} is asked for twice: a row has one name. --trials gives it more trials.")
    return found


def _cells(asked: str, configurations: Sequence[str]) -> Iterator[Cell]:
    if asked in DRAWN or " for " in asked:
        yield from (Cell(asked, "", configuration) for configuration in configurations or (DEFAULT,))
        return
    for test in _tests(asked):
        yield from (Cell(asked.partition(":")[0], test, configuration) for configuration in configurations or ("",))


def _tests(asked: str) -> Sequence[str]:
    name, _, test = asked.partition(":")
    experiment = find_experiment(name)
    if test:
        experiment.choose(test)
        return (test,)
    return [each.name for each in experiment.tests]
