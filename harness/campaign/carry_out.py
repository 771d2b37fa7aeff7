"""A plan carried out on labs: checked first, then run, and told from what was kept."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from harness.campaign import log, plan
from harness.campaign.contents import configuration_of, sealed
from harness.campaign.lab import used
from harness.campaign.plan import Plan
from harness.campaign.runner import Runner
from harness.campaign.schedules import fault_of, scheduled
from harness.campaign.shard import Shard
from harness.campaign.table import Table, table
from harness.campaign.trial import Pairs, Processes
from harness.experiment.catalogue import find_experiment
from harness.lab import compose, ready
from harness.model.configuration import Configuration
from harness.model.errors import UsageError
from harness.model.load import PROBE_SPARINGLY
from harness.search.pair import SimulatedPair
from harness.search.subject import of_configuration

Say = Callable[[str], None]


class On(NamedTuple):
    """`labs`: their names. `probe_hz`: probes of each vantage point in a trial of a schedule."""

    labs: tuple[str, ...]
    say: Say
    probe_hz: float = PROBE_SPARINGLY.rate_hz


class CarriedOut(NamedTuple):
    table: Table
    interrupted: bool


def carry_out(asked: Plan, folder: Path, on: On) -> CarriedOut:
    """Goes on where an earlier call with this folder stopped.

    Raises `UsageError` for what no lab can do, and for results of files that have changed since, before one is started;
    `NotMeasured` if every lab gave up.
    """
    check(asked)
    asked = sealed(asked)
    plan.keep(folder, asked)
    with log.alone(folder):
        perform = Processes(folder.resolve(), pairs(), on.probe_hz)
        wanted = overlays(asked)
        runner = Runner(asked, folder, perform, lambda name: used(name, wanted, on.say, lambda: runner.ended), on.say)
        runner.run(on.labs)
    return CarriedOut(told(folder), runner.interrupted)


def told(folder: Path, until: str = "") -> Table:
    """From the folder alone. `until`: a question that the campaign did not have; "": its own.

    Raises `UsageError` for a question to a shard, and for one that is none.
    """
    asked = plan.read(folder)
    if until:
        refuse_of_shard(until, asked.shard)
    return table(msgspec.structs.replace(asked, until=until or asked.until), log.read(folder))


def refuse_of_shard(until: str, shard: Shard) -> None:
    """Raises `UsageError` for a question to a part of a campaign."""
    if not shard.whole:
        whole = f"harness campaign show DIR --until {until!r}"
        raise UsageError(f"A shard does not know the results of the others: ask the merged campaign: {whole}")


def check(asked: Plan) -> None:
    """Raises `UsageError` for a configuration, a schedule or an experiment that is not there."""
    of = pairs()
    for job in asked.jobs():
        if job.cell.scheduled:
            pair = of(job.cell.configuration)
            fault_of(scheduled(job, pair), pair.words).plan(pair.topology)
    for cell in asked.cells:
        if cell.test:
            find_experiment(cell.what).choose(cell.test)
        if cell.configuration:
            Configuration.load(cell.configuration)


def check_files(asked: Plan, on: On) -> None:
    """keepalived and HAProxy read the files of each configuration. Raises `FilesRefused`, `EnvironmentProblem`."""
    chosen = [Configuration.load(name) for name in sorted({configuration_of(cell) for cell in asked.cells})]
    ready.check(on.labs[0], chosen, on.say, overlays(asked))


def overlays(asked: Plan) -> tuple[str, ...]:
    """What the labs of a campaign must have: all that one of its experiments asks for."""
    experiments = (find_experiment(cell.what) for cell in asked.cells if cell.test)
    return tuple(dict.fromkeys(overlay for each in experiments for overlay in each.overlays))


def pairs() -> Pairs:
    """Each configuration's pair is made once."""

    @cache
    def made(configuration: str) -> SimulatedPair:
        return of_configuration(configuration, compose.topology(())).pair()

    return made
