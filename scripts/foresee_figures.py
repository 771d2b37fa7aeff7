"""What the model foresees of the configuration advert-100ms: tables of docs/foresee.md.

    python scripts/foresee_figures.py shares [--keep]                       1,000 blips for each setting
    python scripts/foresee_figures.py mechanisms [--seconds 20] [--keep]    a search, its most frequent mechanisms

`shares` is the same on each machine. How many schedules a search comes to is not.
"""

import subprocess
import sys
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from harness.cli.foresee import ForeseeReport
from harness.cli.search import SearchReport
from scripts.outcomes import Found, Shares, here, keep, options

ROOT: Final = Path(__file__).resolve().parents[1]
CONFIGURATION: Final = "advert-100ms"
SEED: Final = 1
MOST: Final = 12

T = TypeVar("T")


def shares(*, kept: bool) -> int:
    found = Shares(SEED, asked_of("foresee", type=ForeseeReport))
    for each in found.report.settings:
        print(f"{each.setting}: {each.takes_over.value:.1%} · {each.split.value:.1%} · {each.for_good.value:.1%}")
    if kept:
        keep("foresee.json", found)
    return 0


def mechanisms(seconds: float, *, kept: bool) -> int:
    machine = here()
    told = asked_of("search", "--seconds", str(seconds), "--most", str(MOST), type=SearchReport)
    print(f"{told.schedules:,} schedules, {len(told.mechanisms) + told.left} mechanisms")
    if kept:
        keep("mechanisms.json", Found(machine, seconds, SEED, (told,)))
    return 0


def asked_of(verb: str, *more: str, type: type[T]) -> T:  # noqa: A002 - as msgspec names it
    """What `harness VERB --json` prints, as a user calls it."""
    command = [sys.executable, "-m", "harness", verb, "--configuration", CONFIGURATION, "--seed", str(SEED), *more]
    done = subprocess.run([*command, "--json"], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(done.stdout, type=type)


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("what", choices=("shares", "mechanisms"))
    parser.add_argument("--seconds", type=float, default=20)
    asked = parser.parse_args()
    sys.exit(shares(kept=asked.keep) if asked.what == "shares" else mechanisms(asked.seconds, kept=asked.keep))
