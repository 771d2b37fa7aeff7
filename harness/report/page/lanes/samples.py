"""Numbers over time: sessions against the limit, queues, what the database runs, how busy the machine was."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypeVar

import numpy as np

from harness.history.timeline import FOREVER
from harness.model.events import DatabaseSample, Event, HaproxySample, ListenSample, MachineSampled, ServiceChanged
from harness.model.ops import RIGHT_INDEX
from harness.report.page.html import plain
from harness.report.page.lanes.lane import Bars, Line
from harness.report.page.lanes.row import Scene, bars, spans

E = TypeVar("E", bound=Event)

MUCH: Final = 0.5
"""A number that stays below this share of its limit is folded away."""
FEW: Final = 3


class Seen(NamedTuple):
    """A value at each event; `limits`: empty if there is none."""

    events: Sequence[Event]
    values: Sequence[int]
    limits: Sequence[int] = ()


def sessions(scene: Scene) -> Iterator[Line]:
    seen = [e for e in scene.history.of(HaproxySample, scene.trial.window) if e.proxy.endswith("/FRONTEND")]
    for (node, proxy), each in _grouped(seen, lambda e: (e.node, e.proxy)).items():
        limits = [e.session_limit for e in each]
        quiet = max(e.sessions for e in each) < MUCH * max(1, *limits)
        group = f"sessions of {proxy.removesuffix('/FRONTEND')}, and their limit"
        yield _line(scene, node, group, "sessions", Seen(each, [e.sessions for e in each], limits), quiet=quiet)


def queues(scene: Scene) -> Iterator[Line]:
    """Requests that HAProxy queues, and connections that no process has accepted yet."""
    queued = [e for e in scene.history.of(HaproxySample, scene.trial.window) if e.proxy.endswith("/BACKEND")]
    for (node, proxy), each in _grouped(queued, lambda e: (e.node, e.proxy)).items():
        values = [e.queued for e in each]
        group = f"requests in HAProxy's queue of {proxy.removesuffix('/BACKEND')}"
        yield _line(scene, node, group, "queued", Seen(each, values), quiet=max(values) < FEW)
    waiting = scene.history.of(ListenSample, scene.trial.window)
    for (node, port), listened in _grouped(waiting, lambda e: (e.node, e.port)).items():
        values, backlogs = [e.waiting for e in listened], [e.backlog for e in listened]
        group = f"connections that wait to be accepted at port {port}, and the backlog"
        yield _line(scene, node, group, "waiting", Seen(listened, values, backlogs), quiet=max(values) < FEW)


def databases(scene: Scene) -> Iterator[Bars | Line]:
    samples = _grouped(scene.history.of(DatabaseSample, scene.trial.window), lambda e: e.node)
    for node, seen in samples.items():
        names, found = spans([(e.t, e.plan) for e in seen], scene.trial.window.end)
        states = [(n or "not known: locked", "good" if n == RIGHT_INDEX else "bad" if n else "none") for n in names]
        yield bars(scene, node, "the index by which a token is read", states, found, quiet=len(names) < 2)
    for node, seen in samples.items():
        values = [e.running for e in seen]
        yield _line(scene, node, "authentications that run", "running", Seen(seen, values), quiet=max(values) < FEW)


def services(scene: Scene) -> Iterator[Bars]:
    """Those that changed."""
    told = _grouped(scene.history.of(ServiceChanged), lambda e: (e.node, e.service))
    for (node, service), each in told.items():
        if any(scene.within(e.t) for e in each):
            names, found = spans([(e.t, e.state) for e in each], FOREVER)
            states = [(name, "good" if name == "up" else "bad") for name in names]
            yield bars(scene, f"{node} {service}", "processes", states, found)


def machine(scene: Scene) -> Iterator[Line]:
    """The noise of our own machine: a pair without CPU time cannot be judged."""
    seen = scene.history.of(MachineSampled, scene.trial.window)
    parts: tuple[tuple[str, Callable[[MachineSampled], float | None]], ...] = (
        ("CPU time used", lambda e: _share(e.busy_ns, e.cpus * e.period_ns)),
        ("CPU time taken by others", lambda e: _share(e.stolen_ns, e.cpus * e.period_ns)),
        ("tasks waited for a CPU", lambda e: _share(e.waited_ns, e.period_ns)),
    )
    for label, part in parts:
        known = [(e, value) for e in seen if (value := part(e)) is not None]
        if known:
            events, values = [e for e, _ in known], [round(value * 100) for _, value in known]
            yield _line(
                scene, label, "the machine of the lab, %", "%", Seen(events, values), quiet=max(values) < MUCH * 100
            )


def _share(part: int | None, whole: int) -> float | None:
    return None if part is None or whole <= 0 else part / whole


def _line(
    scene: Scene,
    label: str,
    group: str,
    unit: str,
    seen: Seen,
    *,
    quiet: bool,
) -> Line:
    return Line(
        label=plain(label),
        group=plain(group),
        unit=unit,
        t=scene.blob.times(np.array([scene.trial.us(e.t) for e in seen.events], np.int64)),
        value=scene.blob.numbers(np.array(seen.values)),
        limit=scene.blob.numbers(np.array(list(seen.limits) or [0] * len(seen.values))),
        quiet=quiet,
    )


K = TypeVar("K")


def _grouped(events: Iterable[E], key: Callable[[E], K]) -> dict[K, list[E]]:
    groups: dict[K, list[E]] = {}
    for event in events:
        groups.setdefault(key(event), []).append(event)
    return groups
