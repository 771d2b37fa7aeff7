"""Does the model do what the lab did? One recorded trial, compared: owners, announcements, caches, forwarding."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from harness.history.history import History
from harness.history.timeline import Interval
from harness.model.units import ms, s
from harness.model.virtual_router import RouterVip
from harness.simulation.recorder import EPOCH, Recorder, Span
from harness.simulation.replay import Replay
from harness.simulation.settings import Settings

ABOUT: Final = 50 * ms  # keepalived was late by up to 44 ms on a busy machine
ONE_BURST: Final = 60 * ms  # frames of one node that are nearer belong to one announcement


class Difference(NamedTuple):
    """`model`, `lab`: what each did, in words."""

    where: str
    model: str
    lab: str

    def __str__(self) -> str:
        return f"{self.where}: the model {self.model}; the lab {self.lab}"


class Conformance(NamedTuple):
    """`apart_ms`: announcements, how much later the lab sent each than the model. `model`: its run, as a history."""

    differences: tuple[Difference, ...]
    apart_ms: tuple[float, ...]
    model: History


def conformance(
    history: History, settings: Mapping[str, tuple[Settings, ...]], trial: int, *, guided: bool
) -> Conformance:
    """`guided`: timers as late as in the recording; else on time, and a race may come out otherwise."""
    replay = Replay(history, settings, trial)
    recorder = Recorder(replay.world, replay.begin(guided=guided))
    replay.world.run(replay.end - replay.start)
    spans = [Span(trial, step.name, step.began_ns - replay.start, step.ends_ns - replay.start) for step in replay.steps]
    model = recorder.history(replay.steps[0].limits, replay.end - replay.start, "simulated", spans)
    compared = _Compared(history, model, replay)
    return Conformance(tuple(compared.differences()), tuple(compared.apart_ms), model)


class Bursts(NamedTuple):
    times: tuple[int, ...]
    sizes: tuple[int, ...]


class _Compared:
    """Both histories, each by its own clock: `start` of the lab is `EPOCH` of the model."""

    def __init__(self, lab: History, model: History, replay: Replay) -> None:
        self._lab, self._model, self._replay = lab, model, replay
        self._window = Interval(replay.start, replay.end)
        self._modelled = Interval(EPOCH, EPOCH + replay.end - replay.start)
        self.apart_ms: list[float] = []

    def differences(self) -> Iterator[Difference]:
        for vip in self._lab.topology.vips:
            yield from self._owners(vip)
            yield from self._announcements(vip)
        for key in self._replay.world.caches.keys:
            yield from self._cache(key)
        yield from self._ends()
        yield from self._forwarding()

    def _owners(self, vip: RouterVip) -> Iterator[Difference]:
        """Each node gained and lost the VIP in the same order."""
        for node in vip.nodes:
            key = (node, vip.address)
            model = _within(self._model.tables.addresses.changes(key), self._modelled)
            lab = _within(self._lab.tables.addresses.changes(key), self._window)
            if [value for _, value in model] != [value for _, value in lab]:
                yield Difference(f"{node}, {vip.address}", *(_held(changes) for changes in (model, lab)))

    def _announcements(self, vip: RouterVip) -> Iterator[Difference]:
        for node in vip.nodes:
            model, lab = (
                _bursts([garp.t - within.begin for garp in history.garps(vip, node, within)])
                for history, within in ((self._model, self._modelled), (self._lab, self._window))
            )
            if model.sizes != lab.sizes:
                yield Difference(f"{node}, {vip.address}", _announced(model), _announced(lab))
                continue
            for expected, seen in zip(model.times, lab.times, strict=True):
                self.apart_ms.append((seen - expected) / ms)
                if abs(seen - expected) > ABOUT:
                    yield Difference(f"{node}, {vip.address}", _at("announced", expected), _at("announced", seen))

    def _cache(self, key: tuple[str, str]) -> Iterator[Difference]:
        model = _within(self._model.tables.neighbours.changes(key), self._modelled)
        lab = _within(self._lab.tables.neighbours.changes(key), self._window)
        if [mac for _, mac in model] != [mac for _, mac in lab]:
            yield Difference(f"cache {' '.join(key)}", _had(model), _had(lab))

    def _ends(self) -> Iterator[Difference]:
        """At the end of each step: where each cache leads."""
        for step in self._replay.steps:
            at = step.ends_ns
            model, lab = self._model.arp(at - self._replay.start + EPOCH), self._lab.arp(at)
            for name in lab:
                if model[name] != lab[name]:
                    yield Difference(f"{step.name}: {name}", f"leads it to {model[name]}", f"leads it to {lab[name]}")

    def _forwarding(self) -> Iterator[Difference]:
        """Where switches believe the nodes to be, at the end. An unknown MAC floods, and arrives: not told apart."""
        model, lab, topology = self._model.tables.fdb, self._lab.tables.fdb, self._lab.topology
        for port in topology.ports.values():
            if port.node not in self._replay.world.nodes_with_keepalived:
                continue
            for switch in topology.switches:
                place = (switch, port.mac)
                a, b = model.at(place, self._modelled.end), lab.at(place, self._window.end)
                if a and b and a != b:
                    yield Difference(f"{switch}, {port.name}", f"has it at {a}", f"has it at {b}")


def _within(changes: Iterator[tuple[int, object]], window: Interval) -> list[tuple[int, object]]:
    """From the begin of the window, times from there on."""
    return [(t - window.begin, value) for t, value in changes if window.begin <= t <= window.end]


def _bursts(times: Sequence[int]) -> Bursts:
    begins, sizes, last = list[int](), list[int](), 0
    for t in times:
        if begins and t - last < ONE_BURST:
            sizes[-1] += 1
        else:
            begins.append(t)
            sizes.append(1)
        last = t
    return Bursts(tuple(begins), tuple(sizes))


def _held(changes: list[tuple[int, object]]) -> str:
    return ", ".join(f"{'took' if held else 'lost'} it at {t / s:.3f} s" for t, held in changes) or "kept it as it was"


def _had(changes: list[tuple[int, object]]) -> str:
    return ", ".join(f"had {mac or 'nothing'} from {t / s:.3f} s" for t, mac in changes) or "kept its entry"


def _announced(bursts: Bursts) -> str:
    told = (f"{size} × at {t / s:.3f} s" for t, size in zip(bursts.times, bursts.sizes, strict=True))
    return f"announced {', '.join(told) or 'nothing'}"


def _at(what: str, t: int) -> str:
    return f"{what} at {t / s:.3f} s"
