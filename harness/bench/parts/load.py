"""What the load costs and how punctual it is: every vantage point's probe in the wired lab, nothing else happening."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import docker
import msgspec
import numpy as np

from harness.bench.figures import TAIL, Figure, figure, sampled
from harness.bench.part import Bench, Part
from harness.bench.records import read_records
from harness.bench.temporary_lab import temporary_lab
from harness.history.history import Requests
from harness.lab.exec import find_container
from harness.lab.lab import Lab
from harness.lab.load import open_load
from harness.model.load import PROBE
from harness.model.requests import Stream
from harness.model.units import ms, s
from harness.recovery.estimator import good


class Usage(NamedTuple):
    """A container's processor time so far and the engine's instant of it, both in s."""

    cpu_s: float
    at_s: float


class _Cpu(msgspec.Struct):
    total_usage: int


class _CpuStats(msgspec.Struct):
    cpu_usage: _Cpu


class _Stats(msgspec.Struct):
    read: datetime
    cpu_stats: _CpuStats


def measure(bench: Bench) -> Iterator[Figure]:
    with temporary_lab(bench.lab), Lab(bench.lab) as lab:
        vantages = tuple(lab.topology.vantages)
        load = open_load(lab.docker, lab.name)
        load.set(Stream.probe, PROBE)
        begins, before = load.sync(), _usage(lab, vantages)
        until = lab.now() + bench.count * s
        ends = load.sync(before_ns=until, patience_ns=(bench.count + 5) * s)
        after = _usage(lab, vantages)
        records = read_records(lab, begins, ends)
    yield from figures(
        np.concatenate(list(records.values())), [_cores(*each) for each in zip(before, after, strict=True)]
    )


def figures(requests: Requests, cores: list[float]) -> Iterator[Figure]:
    """`cores`: processor time over elapsed time of each worker."""
    n, rate = len(requests), len(cores) * PROBE.rate_hz
    total = 100 * sum(cores)
    yield figure(f"load at {rate:.0f}/s: workers' processor time", n, "% of a core", {"total": total})
    yield figure(f"load at {rate:.0f}/s: per request", n, "µs", {"mean": total * 1e4 / rate})
    late = (requests["sent"] - requests["due"]) / ms
    yield sampled(f"load at {rate:.0f}/s: sent − due", "ms", late.tolist(), statistics=TAIL)
    answered = (requests["done"] - requests["sent"]) / ms
    yield sampled(f"load at {rate:.0f}/s: done − sent", "ms", answered.tolist(), statistics=TAIL)
    yield figure(f"load at {rate:.0f}/s: good arrivals", n, "%", {"share": 100 * float(good(requests).mean())})


def _usage(lab: Lab, vantages: tuple[str, ...]) -> list[Usage]:
    return [_usage_of(lab.docker, lab.name, vantage) for vantage in vantages]


def _usage_of(client: docker.DockerClient, lab: str, vantage: str) -> Usage:
    """Of the whole container: the worker, and a supervisor that sleeps."""
    raw = find_container(client, lab, vantage).stats(stream=False, one_shot=True)
    stats = msgspec.convert(raw, _Stats)
    return Usage(stats.cpu_stats.cpu_usage.total_usage / s, stats.read.timestamp())


def _cores(before: Usage, after: Usage) -> float:
    return (after.cpu_s - before.cpu_s) / (after.at_s - before.at_s)


PART = Part("cost and punctuality of the load (count: seconds)", 30, lambda count: 20 + count, measure)
