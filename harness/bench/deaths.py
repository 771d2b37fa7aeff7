"""One death while one fault is held: who dies, when, what was released, and what is left."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Literal

import msgspec
from docker.models.containers import Container

from harness.bench.command import harness
from harness.lab import baseline
from harness.lab.exec import ExecStream, find_container
from harness.lab.feed import Feed
from harness.lab.lab import Lab
from harness.model.errors import AgentError, EnvironmentProblem, TimedOut
from harness.model.events import AgentStarted, AnyEvent, OpApplied, OpReleased
from harness.model.protocol import LEASE_SILENCE_NS
from harness.model.units import ms, s

Victim = Literal["client", "stream", "stopped", "hand", "service"]
AGENTS: Final[dict[str, tuple[str, str]]] = {
    "hand": ("network-agent", "harness.agents.network.hand"),
    "service": ("service-agent", "harness.agents.services"),
}
"""Victim → container, and the end of its command line."""
NETWORK_NS, EVERYTHING_NS = 500 * ms, 3 * s
BEFORE, LATEST_S, IN_FORCE_S = 0.25, 2.5, 1.0
"""The share of deaths that come at any instant since the client was started, until when; and of the others, how long
after the first op was applied at most."""
_PATIENCE_S: Final = 30.0
_LOOK_S: Final = 0.1
_KILLED_S: Final = 2.0


class Death(msgspec.Struct, frozen=True):
    """`after_s`: since the client was started. `held`: ops in force at the death. `left`: what was found afterwards.

    `network_ms`, `all_ms`: from the death to the last release by the network agent, and by any; None: nothing was
    held. Of an agent's own death: until the agent that Docker started had undone its journal.
    """

    fault: str
    victim: Victim
    after_s: float
    held: int
    network_ms: float | None
    all_ms: float | None
    left: tuple[str, ...]

    @property
    def unmet(self) -> Iterator[str]:
        what = f"{self.fault}, death of {self.victim} after {self.after_s:.2f} s"
        yield from (f"{what}: {each}" for each in self.left)
        allowed = LEASE_SILENCE_NS if self.victim == "stopped" else 0
        network = EVERYTHING_NS if self.victim in AGENTS else NETWORK_NS
        for took, bound in ((self.network_ms, network), (self.all_ms, EVERYTHING_NS)):
            if took is not None and took * ms > bound + allowed:
                yield f"{what}: released after {took:.0f} ms"


class Seen:
    """The events of the agents that hold faults."""

    def __init__(self) -> None:
        self.events: list[AnyEvent] = []
        self.feed = Feed(self.events.append)

    @property
    def begun(self) -> bool:
        """Was any op applied? Also called by the feed, which holds its lock."""
        return any(isinstance(event, OpApplied) for event in tuple(self.events))

    def held(self, until_ns: int) -> int:
        """How many ops were applied and not released then."""
        applied = self._count(OpApplied, until_ns)
        return applied - self._count(OpReleased, until_ns)

    def released(self, since_ns: int, agent: str = "") -> float | None:
        """ms from `since_ns` to the last release after it; `agent`: of its ops alone."""
        told = [event for event in self._copy() if isinstance(event, OpReleased) and not event.error]
        times = [event.t for event in told if event.t > since_ns and agent in ("", event.op.agent)]
        return (max(times) - since_ns) / ms if times else None

    def _count(self, kind: type[OpApplied] | type[OpReleased], until_ns: int) -> int:
        return sum(isinstance(e, kind) and e.t <= until_ns and not e.error and e.op.held for e in self._copy())

    def _copy(self) -> list[AnyEvent]:
        return self.feed.read(self.events.copy)


def die(lab: str, fault: str, typed: tuple[str, ...], victim: Victim, chance: random.Random) -> Death:
    """Starts a client that holds the fault, and lets the victim die. Raises `HarnessError`."""
    seen = Seen()
    with Lab(lab, seen.feed.take) as watching:
        watching.watch("hand", "service")
        before = _streams(watching)
        with _client(lab, typed) as client:
            after_s = _await_instant(seen, client, chance)
            died = watching.mark("death")
            held = seen.held(died)
            _kill(watching, victim, client, before)
            took = _returned(lab, died) if victim in AGENTS else _released(watching, seen, died)
    return Death(fault, victim, after_s, held, *(took if held else (None, None)), tuple(_left(lab)))


def _await_instant(seen: Seen, client: subprocess.Popen[bytes], chance: random.Random) -> float:
    """Seconds since the call. Of four deaths three come while a fault is in force, one at any instant of its start.

    The sleeps synchronise nothing: the instant is to be a random one.
    """
    began = time.monotonic()
    if chance.random() < BEFORE:
        time.sleep(chance.uniform(0, LATEST_S))
        return time.monotonic() - began
    while not seen.begun and client.poll() is None and time.monotonic() < began + _PATIENCE_S:
        seen.feed.pause(_LOOK_S, lambda: seen.begun)
    time.sleep(chance.uniform(0, IN_FORCE_S))
    return time.monotonic() - began


@contextmanager
def _client(lab: str, typed: tuple[str, ...]) -> Iterator[subprocess.Popen[bytes]]:
    command = harness("inject", *typed, "--lab", lab)
    client = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield client
    finally:
        client.kill()
        client.wait()


def _kill(lab: Lab, victim: Victim, client: subprocess.Popen[bytes], before: set[tuple[str, str]]) -> None:
    match victim:
        case "client":
            client.kill()
        case "stopped":
            os.kill(client.pid, signal.SIGSTOP)
        case "stream":
            for service, pid in _streams(lab) - before:
                _kill_in(find_container(lab.docker, lab.name, service), pid)
        case _:
            service, words = AGENTS[victim]
            container = find_container(lab.docker, lab.name, service)
            for pid in _pids(container, lambda command: command.endswith(words)):
                _kill_in(container, pid)


def _streams(lab: Lab) -> set[tuple[str, str]]:
    """(service, pid) of the far end of each client's stream into an agent."""
    services = (service for service, _ in AGENTS.values())
    found = {each: find_container(lab.docker, lab.name, each) for each in services}
    return {(name, pid) for name, each in found.items() for pid in _pids(each, lambda c: c.startswith("socat "))}


def _pids(container: Container, wanted: Callable[[str], bool]) -> list[str]:
    top = container.top()
    column = top["Titles"].index("PID")
    return [line[column] for line in top["Processes"] if wanted(line[-1])]


def _kill_in(container: Container, pid: str) -> None:
    """Both agents number processes as the engine's host does (`pid: host`). One that has ended is dead enough.

    The engine may keep the stream open for ever if the container ends with the process that was killed.
    """
    ExecStream(container, ["sh", "-c", f"kill -9 {pid} 2>/dev/null"], patience_s=_KILLED_S).read()


def _released(lab: Lab, seen: Seen, died: int) -> tuple[float | None, float | None]:
    """Waits until neither agent holds anything."""

    def held() -> str:
        return ", ".join(str(op.op) for name in AGENTS for op in lab.agent(name).hello().held)

    _until("nothing to be held", held)
    return seen.released(died, "network-agent"), seen.released(died)


def _returned(lab: str, died: int) -> tuple[float | None, float | None]:
    """Waits for the agent that Docker starts: it says what it is when its journal is undone."""
    seen = Seen()

    def missing() -> str:
        try:
            with Lab(lab, seen.feed.take) as anew:
                anew.watch("hand", "service")
                held = [op for name in AGENTS for op in anew.agent(name).hello().held]
        except (AgentError, EnvironmentProblem) as error:
            return str(error)
        began = [e.t for e in seen.feed.read(seen.events.copy) if isinstance(e, AgentStarted) and e.t > died]
        return "" if began and not held else "no agent has started since"

    _until("the agent's return", missing)
    took = (min(e.t for e in seen.events if isinstance(e, AgentStarted) and e.t > died) - died) / ms
    return took, took


def _left(lab: str) -> Iterator[str]:
    """As ``harness clean --check`` finds it: what it had to remove was left, too."""
    swept: list[str] = []
    last: list[str] = []

    def unlike() -> str:
        try:
            with Lab(lab, patience_s=_PATIENCE_S) as opened:
                found = baseline.check(opened, swept.append)
        except (AgentError, EnvironmentProblem) as error:
            last[:] = [f"could not be asked: {error}"]
        else:
            now = found.comparison
            last[:] = [f"in force: {each.op}" for each in found.held]
            last.extend(map(str, (*now.ours, *now.unasked, *now.foreign)))
        return "; ".join(last)

    try:
        _until("the lab to be as it came up", unlike)
    except TimedOut:
        yield from last
    yield from (f"had to be removed: {each}" for each in swept)


def _until(awaited: str, missing: Callable[[], str]) -> None:
    """Raises `TimedOut`. By this process's clock, and no measurement."""
    deadline = time.monotonic() + _PATIENCE_S
    while lack := missing():
        if time.monotonic() > deadline:
            raise TimedOut(awaited, _PATIENCE_S, lack)
        time.sleep(_LOOK_S)
