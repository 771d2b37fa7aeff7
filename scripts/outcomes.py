"""What scripts measure and `docs/runs` keeps. `scripts/outcome_tables.py` makes the tables of docs/ from it.

A script that measures prints what it finds; with ``--keep`` it writes it here, too.
"""

import argparse
import os
import platform
from pathlib import Path
from typing import Final

import msgspec

from harness.cli.foresee import ForeseeReport
from harness.cli.search import FoundHeld, SearchReport
from harness.statistics import Estimate

RUNS: Final = Path(__file__).resolve().parents[1] / "docs" / "runs"
GIB: Final = 1 << 30


class Machine(msgspec.Struct, frozen=True):
    """`load_before`: its load average over one minute when the measurement began."""

    cores: int
    memory_gib: float
    kernel: str
    os: str
    architecture: str
    python: str
    load_before: float

    def __str__(self) -> str:
        return (
            f"{self.cores} cores ({self.architecture}), {self.memory_gib:g} GiB, kernel {self.kernel}, {self.os}, "
            f"Python {self.python}; load average before: {self.load_before:.1f}"
        )


class FormatCost(msgspec.Struct, frozen=True):
    """One export, in a process of its own. `loading_s`: of the history, before; in no other field of time.

    `megabytes`: of memory, at the most. `size`: bytes of all files.
    """

    name: str
    seconds: float
    cpu_s: float
    loading_s: float
    megabytes: float
    size: int


class ExportCosts(msgspec.Struct, frozen=True):
    """Of `copies` of the recorded outage in a row."""

    machine: Machine
    copies: int
    requests: int
    events: int
    formats: tuple[FormatCost, ...]


class Written(msgspec.Struct, frozen=True):
    """A report, in a process of its own. The times are with reading the run; MB of memory, at the most."""

    seconds: float
    cpu_s: float
    megabytes: float
    file_mb: float


class Opened(msgspec.Struct, frozen=True):
    """In a browser. Medians of `openings`, of which the first, cold one is left out; and of `steps` zoom steps.

    `console`: messages. `requested`: addresses, the page's own among them. `missed`: of `marks` of failed requests in
    `views` random views, those that were not seen.
    """

    openings: int
    paint_ms: float
    drawn_ms: float
    steps: int
    step_ms: float
    step_p95_ms: float
    console: int
    requested: int
    views: int
    marks: int
    missed: int


class ReportCosts(msgspec.Struct, frozen=True):
    """Of `copies` of the recorded outage in a row. `opened` None: no browser is installed."""

    machine: Machine
    copies: int
    requests: int
    events: int
    written: Written
    opened: Opened | None


class Drawn(msgspec.Struct, frozen=True):
    """`wrong` of `pairs` were judged wrongly: a share of `found`, of which `allowed` may be."""

    what: str
    pairs: int
    wrong: int
    found: Estimate
    allowed: float


class Comparisons(msgspec.Struct, frozen=True):
    """Pairs of runs drawn from `trials` of `tests`, `a_side` trials each. The same seed draws the same ones."""

    tests: int
    trials: int
    a_side: int
    most: int
    seed: int
    drawn: tuple[Drawn, ...]


class Conformance(msgspec.Struct, frozen=True):
    """Trials that the model does as they were recorded: with timers on time, and with timers as late as recorded."""

    recordings: int
    trials: int
    on_time: int
    as_late: int


class Shares(msgspec.Struct, frozen=True):
    """The same seed draws the same blips."""

    seed: int
    report: ForeseeReport


class Found(msgspec.Struct, frozen=True):
    """Searches of `seconds` each. How many schedules that is depends on the machine."""

    machine: Machine
    seconds: float
    seed: int
    reports: tuple[SearchReport, ...]


class SiteHeld(msgspec.Struct, frozen=True):
    """`owner`: which node has the VIP before the fault. `faults`: each that lasts, of one node."""

    site: str
    owner: str
    faults: tuple[FoundHeld, ...]


class Held(msgspec.Struct, frozen=True):
    """The model alone decides this: each machine finds the same."""

    sites: tuple[SiteHeld, ...]


class Tried(msgspec.Struct, frozen=True):
    """One test of a gate. `recovery_s`: of each trial and VIP, None if it was not served in the end."""

    name: str
    verdict: str
    bound_s: float
    recovery_s: tuple[float | None, ...]


class Gate(msgspec.Struct, frozen=True):
    release: str
    load_before: float
    verdict: str
    sentence: str
    tests: tuple[Tried, ...]


class Gates(msgspec.Struct, frozen=True):
    """One site with the programs of several releases."""

    machine: Machine
    site: str
    gates: tuple[Gate, ...]


def here() -> Machine:
    """This machine, now."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return Machine(
        cores=os.cpu_count() or 1,
        memory_gib=round(memory / GIB, 1),
        kernel=platform.release().partition("-")[0],  # the number alone, as the bench has it
        os=_system(),
        architecture=platform.machine(),
        python=platform.python_version(),
        load_before=round(os.getloadavg()[0], 1),
    )


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):  # no Linux, or one that does not say its name
        return platform.system()


def options(told: str | None) -> argparse.ArgumentParser:
    """Those that each script which measures has. `told`: its docstring."""
    parser = argparse.ArgumentParser(description=told, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", action="store_true", help="write the outcomes into docs/runs")
    return parser


def keep(name: str, outcome: msgspec.Struct) -> None:
    file = RUNS / name
    file.write_bytes(msgspec.json.format(msgspec.json.encode(outcome)) + b"\n")
    print(f"kept in {file}; scripts/tables.py makes the table")
