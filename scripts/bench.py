"""`make bench`: how exact and how fast the harness is, on this machine; each bound with its verdict.

    python scripts/bench.py [--only blips,durations,load,safety,trial,up] [--count N | --count PART=N …] [--json]

Progress goes to standard error; the Markdown table (with --json: one JSON object) to standard output. Both are also
written to .harness/bench.md and .harness/bench.json; `scripts/tables.py .harness/bench.json` keeps them. Exit 0: every
bound is met, 1: a bound is not, 2: wrong use, 3: nothing could be measured.
"""

import argparse
import sys
from pathlib import Path
from typing import Final

import msgspec

from harness.bench.machine import describe, load_average
from harness.bench.part import Bench, choose, find_parts, read_counts
from harness.bench.report import PartReport, Report, markdown, report
from harness.lab.engine import connect
from harness.lab.images import ensure_images, tag
from harness.model.errors import HarnessError

TABLE: Final = Path(__file__).resolve().parents[1] / ".harness" / "bench.md"  # and .json beside it


def main() -> int:
    options = _options()
    try:
        whole = bench(options.only, options.count, options.lab)
    except HarnessError as error:
        say(f"bench: {error}")
        return error.exit_code
    TABLE.parent.mkdir(exist_ok=True)
    text = msgspec.json.format(msgspec.json.encode(whole)).decode()
    TABLE.write_text(markdown(whole))
    TABLE.with_suffix(".json").write_text(text)
    print(text if options.json else markdown(whole))
    return 0 if whole.met else 1


def bench(only: str, counts: list[str], lab: str) -> Report:
    parts = find_parts()
    chosen = choose(parts, only)
    count = {name: part.count for name, part in parts.items()} | read_counts(counts, parts)
    say(f"expected: {sum(parts[name].seconds(count[name]) for name in chosen):.0f} s for {', '.join(chosen)}")
    ensure_images(say)
    image, engine, done = f"failover-harness-agent:{tag()}", connect(), list[PartReport]()
    machine = describe(engine, image)
    for name in chosen:
        before, part = load_average(engine, image), parts[name]
        say(f"{name}: {part.about}, about {part.seconds(count[name]):.0f} s; load average {before:.1f}")
        figures = part.measure(Bench(lab, image, count[name], not machine.realtime, say))
        done.append(PartReport(name, before, tuple(figures)))
    return report(machine, done)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="PART,…", help="default: all")
    parser.add_argument("--count", action="append", default=[], metavar="[PART=]N", help="samples; may be repeated")
    parser.add_argument("--lab", default="failover-harness-bench", help="its own lab; one that is up is refused")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
