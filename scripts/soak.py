"""`make soak`: tests that must have the same result in every trial, for hours.

    python scripts/soak.py [--only june_13,deaths] [--count N] [--into DIR]

Each part's result is DIR/PART.json; a part that has one is not done again, so an interrupted soak goes on where it
stopped. Exit 0: every part is as it must be, 1: one is not, 2: wrong use, 3: nothing could be measured.
"""

import argparse
import sys
from pathlib import Path
from typing import Final

from harness.bench.part import choose
from harness.bench.soaking import Soak, find_soak_parts, once
from harness.model.errors import HarnessError

INTO: Final = Path(__file__).resolve().parents[1] / ".harness" / "soak"


def main() -> int:
    options = _options()
    asked = Soak(options.into, options.lab, options.trials, say)
    try:
        results = soak(options.only, asked)
    except HarnessError as error:
        say(f"soak: {error}")
        return error.exit_code
    return 0 if all(results) else 1


def soak(only: str, asked: Soak) -> list[bool]:
    """Does the parts that are not done yet; prints a line for each part, and one for each unmet requirement."""
    asked.into.mkdir(parents=True, exist_ok=True)
    parts, met = find_soak_parts(), list[bool]()
    for name in choose(parts, only):
        result = once(name, parts[name], asked)
        print(f"{name}: {'as it must be' if result.met else 'NOT as it must be'}. {result.sentence}", flush=True)
        for reason in result.unmet:
            print(f"  {reason}", flush=True)
        met.append(result.met)
    return met


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="PART,…", help="default: all")
    parser.add_argument("--trials", "--count", type=int, default=0, help="of each test; default: as the part has it")
    parser.add_argument("--into", type=Path, default=INTO, help="folder of results, logs and runs")
    parser.add_argument("--lab", default="failover-harness-soak", help="prefix of its labs' names")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
