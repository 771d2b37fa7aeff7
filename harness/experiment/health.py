"""Does every part of the harness work? Only then is a pair that does not come to steady state a result."""

from collections.abc import Iterator, Mapping
from typing import Final

from harness.experiment.probes import late
from harness.experiment.run import Run
from harness.experiment.unsteady import rests_elsewhere
from harness.model.errors import HarnessError
from harness.model.events import ServiceWaited
from harness.model.units import s
from harness.recovery.machine import is_starved, waiting

LATELY_NS: Final = 3 * s  # a sample comes each second, and only if there was something to tell


def unhealthy(run: Run, recorded: Mapping[str, int]) -> str:
    """What is wrong with the lab, the load or the recording; empty if nothing is.

    `recorded`: vantage point → bytes of its requests some seconds ago. They must have grown since.
    """
    return "; ".join([*_agents(run), *_services(run), *_load(run, recorded), *_busy(run, recorded)])


def _agents(run: Run) -> Iterator[str]:
    """Each must answer, see every node, and hold no fault."""
    for name in ("hand", "eye", "service"):
        try:
            greeting = run.lab.agent(name).hello()
        except HarnessError as error:
            yield str(error).rstrip(".")
            continue
        unwired = run.lab.topology.nodes.keys() - set(greeting.wired) if name == "hand" else ()
        yield from (f"{node} has no cables" for node in sorted(unwired))
        yield from (f"{held.op} is held by {held.holder}" for held in greeting.held)


def _services(run: Run) -> Iterator[str]:
    """Services beside the pairs must be up: a customer that is not served because of them says nothing of the pairs."""
    routers = {node for router in run.view.topology.virtual_routers.values() for node in router.nodes}
    for (node, service), changed in run.view.services.items():
        if node not in routers and changed.state != "up":
            yield f"{service} of {node} is {changed.state}"


def _load(run: Run, before: Mapping[str, int]) -> Iterator[str]:
    """Every worker answers, and something was recorded of each: requests without an answer are recorded too."""
    try:
        run.load.sync()
    except HarnessError as error:
        yield str(error).rstrip(".")
    now = run.recorded()
    yield from (f"no request of {vantage} was recorded" for vantage, size in now.items() if size <= before[vantage])


def _busy(run: Run, recorded: Mapping[str, int]) -> Iterator[str]:
    """A machine that is too busy starves the pair too. It does not keep a VIP in the wrong place without any change."""
    if not rests_elsewhere(run.view, run.preferred):
        yield from (words.rstrip(".") for words in late(run, recorded))
        yield from (waiting(each) for each in run.view.waited.values() if _lately(run, each) and is_starved(each))


def _lately(run: Run, sample: ServiceWaited) -> bool:
    return sample.t >= run.view.now - LATELY_NS
