"""Bring a lab up until every vantage point is served, take it down, reset it, and find the labs of an engine."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from harness.lab import baseline, compose, definition, engine, subnets
from harness.lab.configure import Configured, configure
from harness.lab.containers import PROJECT, listed, overlays_of
from harness.lab.definition import Definition
from harness.lab.dockerfile import BALANCER
from harness.lab.file_check import check_files
from harness.lab.handover import hand_over
from harness.lab.images import LABEL, ensure_images, stale_images
from harness.lab.live import LiveLab
from harness.model.configuration import DEFAULT, Configuration
from harness.model.errors import AgentError, EnvironmentProblem, NotMeasured
from harness.model.topology import Topology

UP_SECONDS: Final = 15  # images present: 12.1 to 14.6 s (n = 5)
OVERLAY_SECONDS: Final = 6  # more for each: databases have to start, and to replicate
DOWN_SECONDS: Final = 4
_START_PATIENCE_S: Final = 20.0

Say = Callable[[str], None]


def bring_up(
    name: str, configuration: Configuration, say: Say, overlays: Iterable[str] = (), *, served: bool = True
) -> None:
    """Repeatable: existing containers are kept, those of an overlay too. `say` gets a line for each part that begins.

    `served`: waits until every vantage point is served; else the caller judges that.

    Raises `EnvironmentProblem` (no engine, a failed build, a container that does not start) or `NotMeasured` naming
    what was awaited.
    """
    engine.require()
    defined = definition_of(name, overlays)
    say("images")
    ensure_images(say, wanted=defined.images)
    say(f"containers of {name}")
    anew = _start(name, defined, configuration, say)
    say("cables")
    try:
        with LiveLab(name, _START_PATIENCE_S) as live:
            configured = _serve(live, configuration, say, served=served)
            say("baseline for harness clean --check")
            _record(live, configuration, configured, anew, say)
    except (NotMeasured, AgentError) as error:
        hint = f"Try: harness logs network-agent --lab {name}; harness doctor; harness down --lab {name} and up again."
        raise NotMeasured(f"The lab {name!r} did not come up. {error} {hint}") from error


def check(
    name: str,
    configurations: Iterable[Configuration],
    say: Say,
    overlays: Iterable[str] = (),
    *,
    accept_changed: bool = False,
) -> None:
    """Puts the files of each configuration through the programs that read them; nothing of the lab is touched.

    Builds the images that are needed first. Raises `FilesRefused` with file and line, `EnvironmentProblem`.
    """
    engine.require()
    defined = definition_of(name, overlays)
    there = running(name).issuperset(defined.services)
    ensure_images(say, wanted={BALANCER} if there else defined.images)
    say("checking the files: keepalived -t, haproxy -c")
    for warning in check_files(defined, configurations, accept_changed=accept_changed):
        say(warning)


def check_dry(
    name: str,
    configurations: Iterable[Configuration],
    say: Say,
    overlays: Iterable[str] = (),
    *,
    accept_changed: bool = False,
) -> None:
    """As `check`, if an engine and the image exist; else says that the files were not checked. Builds nothing."""
    try:
        client = engine.connect()
        try:
            missing = any(image.name == BALANCER for image in stale_images(client))
        finally:
            client.close()
        if missing:
            say("The files were not checked: the balancers' image is not built yet. harness up builds it.")
        else:
            check(name, configurations, say, overlays, accept_changed=accept_changed)
    except EnvironmentProblem as problem:
        say(f"The files were not checked: {problem}")


def up_expected(overlays: Iterable[str] = ()) -> str:
    """How long `bring_up` takes, for people."""
    seconds = UP_SECONDS + OVERLAY_SECONDS * len(set(overlays))
    return f"{seconds} s at most, and some minutes more where images are missing"


@contextmanager
def borrowed(name: str, say: Say, overlays: Iterable[str] = ()) -> Iterator[None]:
    """The lab is up in the body, with these overlays. It is taken down after, unless a part of it ran before.

    Raises as `bring_up`.
    """
    before = running(name)
    try:
        if not before.issuperset(definition.of(name, overlays).services):
            bring_up(name, Configuration.load(DEFAULT), say, overlays)
        yield
    finally:
        if not before:
            compose.down(name)


def _start(name: str, defined: Definition, configuration: Configuration, say: Say) -> set[str]:
    """Each container gets its topology and files before it starts. Returns those that are new, or were restarted."""
    compose.create(name, defined.files)
    client = engine.connect()
    try:
        if defined.generated:
            subnets.refuse_overlaps(client, defined.topology)  # after `create`, which makes its own management network
        new = {each.service for each in listed(client, PROJECT, name) if each.state == "created"}
        renewed = hand_over(client, name, defined, configuration)
    finally:
        client.close()
    if renewed:
        say(f"another topology than before: {', '.join(renewed)} restarted")
    compose.start(name, defined.files)
    return {*new, *renewed}


def refuse_overlaps(topology: Topology) -> None:
    """Raises `UsageError` if its segments overlap Docker's networks, `EnvironmentProblem` without an engine."""
    client = engine.connect()
    try:
        subnets.refuse_overlaps(client, topology)
    finally:
        client.close()


def _serve(live: LiveLab, configuration: Configuration, say: Say, *, served: bool) -> Configured:
    live.wait_wired()
    if configuration.name != DEFAULT:
        say(f"configuration {configuration.name}")
    configured = configure(live.lab, configuration)
    if served:
        say(f"service at {', '.join(live.lab.topology.vantages)}")
        live.wait_agreed()
        live.wait_served()
    return configured


def _record(
    live: LiveLab, configuration: Configuration, configured: Configured, anew: Collection[str], say: Say
) -> None:
    """A lab serves without a baseline, too: `harness clean --check` then says that there is none."""
    try:
        baseline.amend(live.lab, configuration, configured)
        for each in baseline.record(live.lab, anew).unasked:
            say(f"not in the baseline: {each}")
    except (AgentError, EnvironmentProblem) as problem:
        say(f"no baseline was recorded: {problem}")


def reset(name: str) -> None:
    """Undoes all faults, flushes all caches; returns when every cache agrees again.

    Raises `LeftBehind` for what could not be undone, `NotMeasured` naming the caches that do not agree.
    """
    with LiveLab(name, vantages=False) as live:
        live.lab.reset()
        live.lab.agent("eye").mark("reset")  # the eye has reported all changes of the reset
        live.wait_agreed()


def running(name: str) -> set[str]:
    """The services that run in this lab. The lab is up if these are all services of its definition."""
    client = engine.connect()
    try:
        mine = listed(client, PROJECT, name)
    finally:
        client.close()
    return {each.service for each in mine if each.state == "running"}


def definition_of(name: str, overlays: Iterable[str] = ()) -> Definition:
    """The definition of this lab, with its present overlays and these. Raises `EnvironmentProblem`, `UsageError`."""
    client = engine.connect()
    try:
        return definition.of(name, {*overlays, *overlays_of(client, name)})
    finally:
        client.close()


def labs() -> list[str]:
    """Every lab of this engine, running or not: the projects whose containers are of our images, by their label."""
    client = engine.connect()
    try:
        return sorted({each.lab for each in listed(client, LABEL) if each.lab})
    finally:
        client.close()
