"""What an export of an hour costs: docs/export.md has the table.

    python scripts/export_figures.py [COPIES] [--keep]    COPIES of the outage of June 13: 133 are 1,000,000 requests

Each format is written by a process of its own: time, the most memory, and size. Requests stay on their schedule, and
each copy's latencies get noise of their own, because copies that are equal to the byte would flatter a compressor.
"""

import gzip
import resource
import tempfile
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from shutil import copytree
from typing import Final

import msgspec
import numpy as np

from harness.export import ALL, Recorded
from harness.history import store
from harness.model.events import AnyEvent, Marked, OpApplied, OpReleased, encode
from harness.model.requests import DTYPE
from harness.model.units import ms
from scripts.outcomes import ExportCosts, FormatCost, here, keep, options

OUTAGE: Final = Path(__file__).resolve().parents[1] / "tests" / "data" / "outage"
COPIES: Final = 133


def main(copies: int, *, kept: bool) -> None:
    machine = here()
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        hour(run, copies)
        history = store.load(run)
        requests, events = len(history.requests), len(history.events)
        print(f"{requests:,} requests, {events:,} events")
        costs = ExportCosts(machine, copies, requests, events, tuple(each_format(run, Path(folder))))
    if kept:
        keep("export.json", costs)


def each_format(run: Path, folder: Path) -> Iterator[FormatCost]:
    for name in ALL:
        with get_context("spawn").Pool(1) as pool:
            cost = pool.apply(measure, (run, name, folder / name))
        print(
            f"{name}: {cost.seconds:.1f} s ({cost.cpu_s:.1f} s of CPU time), read before in {cost.loading_s:.1f} s, "
            f"{cost.megabytes:.0f} MB at most, {cost.size:,} bytes",
            flush=True,
        )
        yield cost


def measure(run: Path, name: str, into: Path) -> FormatCost:
    """In a process of its own."""
    into.mkdir()
    recorded = Recorded(run)
    begun = time.perf_counter()
    assert recorded.history.events
    loaded, used = time.perf_counter(), time.process_time()
    for part in ALL[name].parts(recorded):
        with (into / part.name).open("wb") as file:
            part.write(file)
    ended, used = time.perf_counter(), time.process_time() - used
    size = sum(path.stat().st_size for path in into.iterdir())
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return FormatCost(name, ended - loaded, used, loaded - begun, most, size)


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
    parser = options(__doc__)
    parser.add_argument("copies", nargs="?", type=int, default=COPIES)
    asked = parser.parse_args()
    main(asked.copies, kept=asked.keep)
