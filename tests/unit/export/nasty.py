"""A run whose names and sentences try to be more than text."""

import shutil
from pathlib import Path
from typing import Final

import msgspec

from harness.export import Recorded
from harness.history import store
from harness.model.outcome import RunOutcome

DATA: Final = Path(__file__).parents[2] / "data"
OUTAGE: Final = DATA / "outage"
NASTY: Final = (
    "</script><script>alert(1)</script>",
    '=cmd|"/C calc"!A0',
    "@SUM(1+1)",
    "-2+3",
    "\t=1",
    "::error::owned",
    "x ##[error]owned",
    "[click](javascript:alert(1)) ![i](http://evil.example/x.png) http://evil.example www.evil.example",
    "a | b\n| c |",
    "\x1b[31mred\x00\x0b\ufffe\u202egnp.exe",
    "<img src=x onerror=alert(1)> &lt; `code` **bold** _it_ @everyone #1 $x$",
    "]]> <!-- -->",
)
TEXT: Final = " ".join(NASTY)


def nasty_outcome(text: str = TEXT) -> RunOutcome:
    """Every text of a real outcome is replaced; numbers, verdicts and structure stay."""
    real = store.read_outcome(OUTAGE)
    replace = msgspec.structs.replace
    test = real.tests[0]
    step = test.trials[0].steps[0]
    checks = tuple(
        replace(each, name=text, sentence=text, instants=tuple(replace(i, what=text) for i in each.instants))
        for each in step.checks
    )
    step = replace(step, name=step.name, action=text, checks=checks, arp={text: text})
    step = replace(step, vantages={text: step.vantages["customer-2"], "customer-1": step.vantages["customer-1"]})
    trial = replace(test.trials[0], steps=(step,), failure=text)
    invalid = replace(trial, valid=False, reasons=(text, text), failure="", phase="instruments", steps=())
    test = replace(test, name=text, sentence=text, trials=(trial, invalid))
    failed = replace(test, verdict="failed", name=f"{text} 2")
    lost = replace(test, verdict="invalid", name=f"{text} 3")
    return replace(real, experiment=text, sentence=text, run=text, verdict="failed", tests=(test, failed, lost))


def nasty_run(folder: Path) -> Recorded:
    """A copy of a recording with that outcome, whose second customer and first step have such names, too."""
    shutil.copytree(OUTAGE, folder)
    vantage = '=1+1 <b> ::x| "q"'
    topology = (folder / "topology.json").read_text()
    (folder / "topology.json").write_text(topology.replace('"customer-2"', msgspec.json.encode(vantage).decode()))
    (folder / "requests" / "customer-2.rec.gz").rename(folder / "requests" / f"{vantage}.rec.gz")
    outcome = msgspec.structs.replace(nasty_outcome(), tests=nasty_outcome().tests[:1])
    store.write_outcome(folder, outcome)
    return Recorded(folder)
