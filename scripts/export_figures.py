"""What an export of an hour costs: docs/export.md has the table.

    python scripts/export_figures.py [COPIES]       COPIES of the outage of June 13 in a row: 133 are 1,000,000 requests

Each format is written by a process of its own: time, the most memory, and size. Requests stay on their schedule, and
each copy's latencies get noise of their own, because copies that are equal to the byte would flatter a compressor.
"""

import gzip
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from shutil import copytree
from typing import Final, NamedTuple

import msgspec
import numpy as np

from harness.export import ALL, Recorded
from harness.history import store
from harness.model.events import AnyEvent, Marked, OpApplied, OpReleased, encode
from harness.model.requests import DTYPE
from harness.model.units import ms

OUTAGE: Final = Path(__file__).resolve().parents[1] / "tests" / "data" / "outage"
COPIES: Final = 133


class Cost(NamedTuple):
    """Seconds without loading, of it all; MB at the most; bytes of all files."""

    seconds: float
    loading: float
    megabytes: float
    size: int


def main(copies: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        hour(run, copies)
        history = store.load(run)
        print(f"{len(history.requests):,} requests, {len(history.events):,} events")
        for name in ALL:
            with get_context("spawn").Pool(1) as pool:
                cost = pool.apply(measure, (run, name, Path(folder) / name))
            print(f"| {name} | {cost.seconds:.1f} | {cost.loading:.1f} | {cost.megabytes:.0f} | {cost.size:,} |")


def measure(run: Path, name: str, into: Path) -> Cost:
    """In a process of its own."""
    into.mkdir()
    recorded = Recorded(run)
    begun = time.perf_counter()
    assert recorded.history.events
    loaded = time.perf_counter()
    for part in ALL[name].parts(recorded):
        with (into / part.name).open("wb") as file:
            part.write(file)
    ended = time.perf_counter()
    size = sum(path.stat().st_size for path in into.iterdir())
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Cost(ended - loaded, loaded - begun, most, size)


def hour(run: Path, copies: int) -> None:
    """One trial that is `copies` times as long as the recorded one."""
    copytree(OUTAGE, run)
    events = store.load(OUTAGE).events
    period = (events[-1].t - events[0].t) // (5 * ms) * 5 * ms + 5 * ms
    (run / "events.jsonl.gz").unlink()
    with store.events_path(run).open("wb") as file:
        for copy in range(copies):
            file.writelines(encode(each) + b"\n" for each in moved(events, copy, copies, copy * period))
    noise = np.random.default_rng(13)
    for vantage in store.read_topology(run).vantages:
        packed = store.requests_path(run, vantage).with_suffix(".rec.gz")
        recorded = np.frombuffer(gzip.decompress(packed.read_bytes()), DTYPE)
        packed.unlink()
        with store.requests_path(run, vantage).open("wb") as file:
            for copy in range(copies):
                records = recorded.copy()
                took = (records["done"] - records["due"]) * np.exp(noise.normal(0, 0.25, len(records)))
                records["done"] = records["due"] + took.astype(np.int64)
                for name in ("due", "sent", "done"):
                    records[name] += copy * period
                file.write(records.tobytes())


def moved(events: tuple[AnyEvent, ...], copy: int, copies: int, by: int) -> Iterator[AnyEvent]:
    """The step begins with the first copy and ends with the last; each copy has plans of its own."""
    replace = msgspec.structs.replace
    for event in events:
        match event:
            case Marked(name="step_begin") if copy:
                pass
            case Marked(name="step_end") if copy < copies - 1:
                pass
            case OpApplied() | OpReleased():
                asked = event.asked_ns and event.asked_ns + by
                plan = event.plan + 1_000 * copy
                yield replace(event, t=event.t + by, asked_ns=asked, begun_ns=event.begun_ns + by, plan=plan)
            case _:
                yield replace(event, t=event.t + by)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COPIES)
