"""`harness gate`: a lab of the site's own files, the battery, and one verdict."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from docker.errors import DockerException
from requests import RequestException

from harness.gate import verdict
from harness.gate.afterwards import Afterwards
from harness.gate.attempt import Subject
from harness.gate.decided import decided
from harness.gate.files import configuration
from harness.gate.foreseen import Foretold
from harness.gate.named import named
from harness.gate.own_failure import own_failure
from harness.gate.prepare import Prepared, Wish
from harness.gate.report import GateReport, Tried
from harness.gate.run import Battery
from harness.gate.site_lab import site_lab
from harness.lab import ready
from harness.model.client import holder, number_of
from harness.model.errors import AgentError, EnvironmentProblem, LeftBehind, NotMeasured
from harness.site.stand_ins import NamedStandIn

Say = Callable[[str], None]


def judge(prepared: Prepared, wish: Wish, folder: Path, say: Say, foretold: Foretold | None = None) -> GateReport:
    """Brings the lab up, runs the battery, takes the lab down in any case; after an interrupt too, which is reported.

    `foretold`: what a model foresees, whose worst schedule is tried too.
    Raises `NotMeasured`, `AgentError` and `EnvironmentProblem` if the lab does not come up. After the last test no
    error takes the verdict back: a defect or a full disk is told as what it left.
    """
    name, site = lab_name(folder), prepared.pair.site
    own = Subject(prepared, configuration(name, site, prepared.place.names))
    until = monotonic() + wish.budget_s if wish.budget_s else inf
    run = Battery(name, own, run_folder(folder), say, until)
    after = Afterwards(own, run, wish, say, foretold)
    interrupted, left, why = False, "", ""
    try:
        with site_lab(name, site, prepared, own.configuration, say):
            run.run(prepared.tests, prepared.trials, after)
    except KeyboardInterrupt:
        interrupted, why = True, "interrupted"
    except LeftBehind as error:
        left, why = str(error), "ended, since something could not be undone,"
    except (EnvironmentProblem, AgentError, NotMeasured) as error:
        if not run.tried:
            raise
        left, why = _still_there(name), f"ended ({error})"
    except Exception as error:
        if not run.complete:
            raise
        left = _unfinished(run, name, error)
    return after.told(_report(prepared, run, Ending(interrupted, left, why)))


def _still_there(lab: str) -> str:
    """What is left of a lab that ended by an error of ours; "" if nothing."""
    try:
        there = lab in ready.labs()
    except (EnvironmentProblem, DockerException, RequestException) as error:
        return f"It could not be asked whether the lab {lab} is still there: {error}"
    return f"The lab {lab} is still there. Try: harness down --lab {lab}" if there else ""


def _unfinished(run: Battery, lab: str, error: Exception) -> str:
    """What an error after the last test leaves: what was to follow it may not have been done."""
    told = f"{own_failure(error)}. {run.folder} may be incomplete and have passwords of the site"
    return "; ".join(filter(None, (told, _still_there(lab))))


class Ending(NamedTuple):
    """`left`: what could not be undone; "" if nothing. `why`: it ended before its time; "" if it did not."""

    interrupted: bool = False
    left: str = ""
    why: str = ""


def _report(prepared: Prepared, run: Battery, ending: Ending) -> GateReport:
    tried = run.tried
    word, sentence = decided(prepared, tried)
    if ending.why and not run.complete:
        word, sentence = verdict.unfinished(word, sentence, ending.why)
    return GateReport(
        verdict=word,
        sentence=sentence,
        stand_ins=(
            *map(_told, prepared.stand_ins.named),
            *named(prepared.pair, prepared.stand_ins.hosts),
            *_few(prepared),
        ),
        virtual_routers=prepared.routers,
        tests=tuple(tried),
        exposed=verdict.exposed(tried),
        not_tried=(*_missing(prepared, tried, ending), *prepared.not_tried),
        unjudged=prepared.place.unjudged,
        run=str(run.folder) if run.folder.exists() else "",
        interrupted=ending.interrupted,
        left_behind=ending.left,
    )


def _missing(prepared: Prepared, tried: list[Tried], ending: Ending) -> Iterator[str]:
    why = ending.why or "the pair does not serve at rest"
    begun = {each.name for each in tried}
    yield from (f"{test.name}: {why}" for test in prepared.tests if test.name not in begun)


def _few(prepared: Prepared) -> Iterator[str]:
    for node, most in prepared.connections.items():
        yield f"HAProxy of {node} with at most {most} connections: the engine grants no more open files"


def _told(stand_in: NamedStandIn) -> str:
    place = f" on {stand_in.node} itself" if stand_in.node else ""
    return f"{stand_in.address}:{stand_in.port}{place} ({', '.join(stand_in.servers)}) says {stand_in.says}"


def lab_name(folder: Path) -> str:
    """Unique for this client, so that two pipelines on one machine do not meet, also from two containers."""
    plain = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")[:20] or "site"
    return f"gate-{plain}-{number_of(holder()):08x}"


def run_folder(folder: Path) -> Path:
    return Path("runs") / f"gate-{folder.resolve().name}-{datetime.now(UTC).astimezone():%Y%m%d-%H%M%S}"
