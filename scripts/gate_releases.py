"""One sound site, with the programs of two releases and half way between: the table of docs/ci.md. Needs an engine.

    python scripts/gate_releases.py [RELEASE …] [--keep]        without RELEASE: bookworm, half way, trixie

Each is `harness gate --quick --release RELEASE` as a user calls it: some four minutes, and bookworm's images once.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from harness.gate.report import GateReport
from harness.gate.report import Tried as Told
from scripts.outcomes import Gate, Gates, Tried, here, keep, options

ROOT: Final = Path(__file__).resolve().parents[1]
SITE: Final = "wiki-minimal"
RELEASES: Final = ("bookworm", "lb1=trixie,lb2=bookworm", "trixie")


def main(releases: list[str], *, kept: bool) -> int:
    machine = here()
    gates = Gates(machine, SITE, tuple(map(gate, releases)))
    if kept:
        keep("gate_releases.json", gates)
    return 0


def gate(release: str) -> Gate:
    load = round(os.getloadavg()[0], 1)
    folder = f"tests/data/sites/{SITE}"
    command = [sys.executable, "-m", "harness", "gate", folder, "--quick", "--release", release, "--json"]
    # Each verdict has a status of its own; what is no verdict is no JSON.
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False)
    told = msgspec.json.decode(done.stdout, type=GateReport)
    print(f"{release}: {told.verdict}: {told.sentence}", flush=True)
    return Gate(release, load, told.verdict, told.sentence, tuple(tried(told)))


def tried(told: GateReport) -> Iterator[Tried]:
    for test in told.tests:
        print(f"  {test.name}: {test.verdict}, allowed {test.bound_s:.2f} s: {test.recovery_s}", flush=True)
        yield Tried(test.name, test.verdict, test.bound_s, _seconds(test))


def _seconds(test: Told) -> tuple[float | None, ...]:
    return tuple(value for each in test.recovery_s.values() for value in each)


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("releases", nargs="*", metavar="RELEASE")
    asked = parser.parse_args()
    sys.exit(main(asked.releases or list(RELEASES), kept=asked.keep))
