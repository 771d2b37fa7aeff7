"""What a report costs: docs/report.md says the figures. Needs Debian's chromium for the second half.

    python scripts/report_figures.py [COPIES] [--keep]    an hour of the outage of June 13: 133 copies of its recording

Due times stay on their schedule; the latencies of each copy get noise of their own (a factor, lognormal, sigma 0.25)
and its events a jitter of up to 1 ms, because copies that are equal to the byte would flatter gzip.
"""

# ruff: noqa: E501 - lines of the page's script

import gzip
import json
import random
import resource
import shutil
import tempfile
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from harness.model.requests import DTYPE
from harness.report.page import write
from scripts.chromium import CHROMIUM, Tab, browser
from scripts.outcomes import Opened, ReportCosts, Written, here, keep, options

ROOT: Final = Path(__file__).parents[1]
RECORDING: Final = ROOT / "tests" / "data" / "outage"
TIMES: Final = ("t", "asked_ns", "begun_ns", "start_ns")
STILL: Final = ("marked", "op_applied", "op_released", "armed")
NOISE: Final = np.random.default_rng(13)
COPIES: Final = 133
OPENINGS: Final = 10
ZOOM_STEPS: Final = 192  # of STEPS
VIEWS: Final = 500

STEPS: Final = """(async () => {
  const [f0, f1] = report.full, centre = f0 + (f1 - f0) * 0.4321, script = [];
  for (let round = 0; round < 4; round++) for (let i = 0; i < 48; i++) {
    const share = round % 2 ? 47 - i : i, w = (f1 - f0) * (1000 / (f1 - f0)) ** (share / 47);
    await new Promise((done) => requestAnimationFrame(done));
    const began = performance.now();
    report.set(centre - w / 2, centre + w / 2); report.draw();
    script.push(performance.now() - began);
  }
  script.sort((a, b) => a - b);
  return [script[script.length >> 1], script[Math.floor(script.length * 0.95)]];
})()"""

LOOK: Final = """((views) => {
  const { at, KINDS, MAP, ink } = report.tools, gutter = report.tools.gutter, full = report.full;
  const canvas = document.querySelector('#rows'), g = canvas.getContext('2d', { willReadFrequently: true }), width = canvas.width - gutter;
  const shade = (name) => { const p = document.createElement('canvas').getContext('2d'); p.fillStyle = ink[name]; p.fillRect(0, 0, 1, 1); return p.getImageData(0, 0, 1, 1).data; };
  const shades = KINDS.map(shade); let seed = 7, looked = 0; const missed = [];
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (let n = 0; n < views; n++) {
    const w = 2000 * ((full[1] - full[0]) / 2000) ** random(), from = full[0] + random() * (full[1] - full[0] - w);
    report.set(from, from + w); report.draw(true);
    const view = report.view;
    for (const { lane, y, h } of report.tools.shown) {
      if (lane.kind !== 'requests') continue;
      const H = Math.round(h), image = g.getImageData(gutter, y - MAP, width, H), done = new Set();
      for (let i = at(lane.due, view[0]); i < at(lane.due, view[1]); i++) {
        const k = lane.classes[i], x = Math.floor((lane.due[i] - view[0]) / (view[1] - view[0]) * width), key = x * 8 + k;
        if (!k || x >= width || done.has(key)) continue;
        done.add(key); looked++;
        let found = false;
        for (let xx = Math.max(0, x - 1); xx <= Math.min(width - 1, x + 1) && !found; xx++) for (let yy = 0; yy < H && !found; yy++) {
          const o = (yy * width + xx) * 4, far = [0, 1, 2].reduce((sum, j) => sum + Math.abs(image.data[o + j] - shades[k][j]), 0);
          found = far < 12;
        }
        if (!found) missed.push([lane.stream, lane.label, KINDS[k], Math.round(w), x]);
      }
    }
  }
  return [looked, missed.length, missed.slice(0, 5)];
})"""


def long(out: Path, copies: int) -> Path:
    """The recording `copies` times as long, as one trial."""
    shutil.copytree(RECORDING, out)
    (out / "outcome.json").unlink()  # it judged one blip: the page would not take this trial for the same
    lines = [json.loads(line) for line in gzip.decompress((RECORDING / "events.jsonl.gz").read_bytes()).splitlines()]
    period = lines[-1]["t"] - lines[0]["t"] + 1_000_000
    period += -period % 5_000_000
    with gzip.open(out / "events.jsonl.gz", "wt", compresslevel=1) as file:
        for line in _events(lines, copies, period):
            file.write(f"{json.dumps(line)}\n")
    for path in (RECORDING / "requests").glob("*.rec.gz"):
        records = np.frombuffer(gzip.decompress(path.read_bytes()), DTYPE)
        pieces = [_moved(records, copy * period) for copy in range(copies)]
        (out / "requests" / path.name).write_bytes(gzip.compress(np.concatenate(pieces).tobytes(), 1))
    return out


def _events(lines: list[dict[str, Any]], copies: int, period: int) -> Iterator[dict[str, Any]]:
    """One step: its begin is in the first copy, its end in the last."""
    ends = {"step_begin": 0, "step_end": copies - 1}
    for copy in range(copies):
        for line in lines:
            if ends.get(line.get("name", ""), copy) != copy:
                continue
            jitter = 0 if line["event"] in STILL else random.randrange(1_000_000)  # noqa: S311 - no secret
            moved = {key: line[key] + copy * period + jitter for key in TIMES if line.get(key)}
            plan = {"plan": line["plan"] + copy * 1_000} if isinstance(line.get("plan"), int) else {}
            yield {**line, **moved, **plan}


def _moved(records: NDArray[Any], by: int) -> NDArray[Any]:
    piece = records.copy()
    took = (piece["done"] - piece["due"]) * np.exp(NOISE.normal(0, 0.25, len(piece)))
    piece["done"] = piece["due"] + took.astype("i8")
    for key in ("due", "sent", "done"):
        piece[key] += by
    return piece


def _write(run: Path, page: Path) -> Written:
    """In a process of its own."""
    began, used = time.perf_counter(), time.process_time()
    write(run, page)
    took, used = time.perf_counter() - began, time.process_time() - used
    return Written(took, used, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, page.stat().st_size / 1e6)


def written(run: Path, page: Path) -> Written:
    with get_context("spawn").Pool(1) as process:
        cost = process.apply(_write, (run, page))
    print(
        f"read and written in {cost.seconds:.1f} s ({cost.cpu_s:.1f} s of CPU time), {cost.megabytes:.0f} MB at most, "
        f"file {cost.file_mb:.2f} MB",
        flush=True,
    )
    return cost


def opened(tab: Tab, page: Path) -> Opened:
    marks = "['first-contentful-paint', 'drawn'].map((n) => performance.getEntriesByName(n)[0]?.startTime ?? -1)"
    tab.looks("light", 1280)
    seen = []
    for _ in range(OPENINGS + 1):
        tab.open(page)
        seen.append(tab.run(marks))
    paint, drawn = (sorted(each)[OPENINGS // 2] for each in zip(*seen[1:], strict=True))  # the first one is cold
    print(f"first paint {paint:.0f} ms, timeline drawn {drawn:.0f} ms (medians of {OPENINGS})", flush=True)
    median, most = tab.run(STEPS)
    print(f"script of a zoom step {median:.1f} ms (median of {ZOOM_STEPS}), {most:.1f} ms (95th percentile)")
    print(f"console: {tab.console or 'empty'}; requests: {len(tab.requested)}", flush=True)
    told = len(tab.console), len(tab.requested)
    looked, missed, first = tab.run(f"{LOOK}({VIEWS})")
    print(f"{VIEWS} random views: of {looked:,} marks of failed requests {missed} not seen {first or ''}")
    return Opened(OPENINGS, paint, drawn, ZOOM_STEPS, median, most, *told, VIEWS, looked, missed)


def main(copies: int, *, kept: bool) -> None:
    machine = here()
    print(f"{copies} copies; load average {machine.load_before:.1f}")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made:  # a browser that ends writes on
        folder = Path(made)
        run, page = long(folder / "run", copies), folder / "page.html"
        cost, seen = written(run, page), None
        if CHROMIUM:
            with browser(folder / "profile") as tab:
                seen = opened(tab, page)
        if kept:
            keep("report.json", ReportCosts(machine, copies, *_counted(run), cost, seen))


def _counted(run: Path) -> tuple[int, int]:
    """Its requests and its events."""
    packed = (run / "requests").glob("*.rec.gz")
    requests = sum(len(np.frombuffer(gzip.decompress(path.read_bytes()), DTYPE)) for path in packed)
    with gzip.open(run / "events.jsonl.gz") as file:
        return requests, sum(1 for _ in file)


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("copies", nargs="?", type=int, default=COPIES)
    asked = parser.parse_args()
    main(asked.copies, kept=asked.keep)
