"""Blips of 800 ms against a measuring stream, idle and with every core busy: `harness.bench.blips` says how."""

from collections.abc import Iterator

from harness.bench import blips
from harness.bench.blips import Summary
from harness.bench.figures import Bound, Figure, exactly, figure
from harness.bench.part import Bench, Part

_P50, _P99 = Bound("p50", most=0.1), Bound("p99", most=1)  # ms, if real-time scheduling is available


def measure(bench: Bench) -> Iterator[Figure]:
    for busy in (False, True):
        bench.say(f"{bench.count} blips, {'every core busy' if busy else 'idle'}")
        summary = blips.run(bench.lab, bench.image, bench.count, busy=busy)
        for reason in summary.outside:
            bench.say(f"outside its wire bracket: {reason}")
        yield from figures(summary, realtime=bench.realtime)


def figures(summary: Summary, *, realtime: bool) -> Iterator[Figure]:
    """The exactness of deadlines has a bound only with real-time scheduling; frames inside always have one."""
    where = "cores busy" if summary.busy else "idle"
    error = {"p50": summary.error_p50 / 1000, "p99": summary.error_p99 / 1000, "max": summary.error_max / 1000}
    exact = (_P50, _P99) if realtime else ()
    yield figure(f"blips, {where}: error of achieved_s", summary.blips, "ms", error, *exact)
    wire = {"p50": summary.wire_error_p50 / 1000, "max": summary.wire_error_max / 1000}
    yield figure(f"blips, {where}: error of the silence on the wire", summary.blips, "ms", wire)
    inside = {"frames": summary.frames_inside}
    yield figure(f"blips, {where}: frames that passed inside", summary.blips, "", inside, exactly("frames", 0))
    kept = {"blips": summary.inside_bracket}
    yield figure(
        f"blips, {where}: both ops inside their wire bracket", summary.blips, "", kept, exactly("blips", summary.blips)
    )
    rate = {"min": summary.rate_hz_min}
    yield figure(f"blips, {where}: measuring stream", summary.blips, "frames/s", rate, Bound("min", least=10_000))
    lost = {"frames": summary.capture_lost}
    yield figure(f"blips, {where}: frames that our capture lost", summary.blips, "", lost, exactly("frames", 0))


PART = Part("800 ms blips, idle and busy", 300, lambda count: 2 * (0.9 * count + 5), measure)
