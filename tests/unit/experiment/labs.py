"""A lab as `View` sees it, and a run of it whose clock is moved by hand: for what waits for steady state."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np

from harness.experiment.run import QUIET_NS, Run
from harness.experiment.unsteady import DECIDED_NS
from harness.history import store
from harness.lab import compose
from harness.lab.view import View
from harness.model.errors import AgentError, TimedOut
from harness.model.events import AddressChanged, NeighbourChanged, ServiceChanged, VrrpState, Wired
from harness.model.ops import Plan
from harness.model.protocol import Greeting, HeldOp
from harness.model.requests import DTYPE, Outcome, Stream
from harness.model.units import ms, s

TOPOLOGY = compose.topology()
ROUTER = TOPOLOGY.virtual_router("external")
FIRST, SECOND = ROUTER.nodes


def owned(view: View, owner: str, *, present: bool = True, t: int = 0) -> None:
    """`owner` gains the VIP or loses it, now or at `t`."""
    view.take(AddressChanged(t or view.now, owner, ROUTER.first.address, "lan0", present))
    state = "MASTER" if present else "BACKUP"
    view.take(VrrpState(view.now, owner, "external", state, 100))


def led(view: View, cache: str, node: str) -> None:
    view.take(NeighbourChanged(view.now, cache, ROUTER.first.address, TOPOLOGY.node(node).port("external").mac, 2))


def view_of(owner: str) -> View:
    """Everything at rest for long, and `owner` is where everybody is led."""
    view = View(TOPOLOGY)
    for node in TOPOLOGY.nodes:
        view.take(Wired(1, node, 100, 1))
    view.take(ServiceChanged(1, "api-1", "granian", "up", 7))
    owned(view, owner, t=1)
    for cache in TOPOLOGY.caches:
        led(view, cache, owner)
    view.now = 100 * s
    return view


class FakeAgent:
    def __init__(self) -> None:
        self.wired = tuple(TOPOLOGY.nodes)
        self.held: tuple[HeldOp, ...] = ()
        self.gone = ""

    def hello(self) -> Greeting:
        if self.gone:
            raise AgentError(self.gone)
        return Greeting(1, "agent", 1, "boot", 0, self.wired, (), self.held, ())


class FakeRun:
    """Each question that is asked in a wait takes 250 ms. `then`: at which second what happens."""

    def __init__(self, folder: Path, owner: str = FIRST) -> None:
        self.folder = folder
        self.view = view_of(owner)
        self.preferred = {"external": FIRST}
        self.quiet_ns, self.decided_ns, self.redundant = QUIET_NS, DECIDED_NS, False
        self.then: dict[float, Callable[[], object]] = {}
        self.elapsed = 0.0
        self.agents = {name: FakeAgent() for name in ("hand", "eye", "service")}
        self.acted: list[Plan] = []
        self.lab = self.load = self
        self.topology = TOPOLOGY
        self.loaded = {Outcome.ok: 1.0}  # outcome → its share of the probes
        self.late_ns = 0
        self.sending = True
        self._sent = 0

    @property
    def as_run(self) -> Run:
        return cast("Run", cast("Any", self))

    def agent(self, name: str) -> FakeAgent:
        return self.agents[name]

    def act(self, plan: Plan) -> None:
        self.acted.append(plan)

    def sync(self) -> dict[str, int]:
        return self.recorded()

    def recorded(self) -> dict[str, int]:
        paths = {vantage: store.requests_path(self.folder, vantage) for vantage in TOPOLOGY.vantages}
        return {vantage: path.stat().st_size if path.exists() else 0 for vantage, path in paths.items()}

    def monotonic(self) -> float:
        """The local clock, which began long before."""
        return 1_000.0 + self.elapsed

    def wait(self, awaited: str, unmet: Callable[[], str], seconds: float) -> None:
        deadline = self.elapsed + seconds
        while missing := unmet():
            if self.elapsed >= deadline:
                raise TimedOut(awaited, seconds, missing)
            self.pass_time(0.25)

    def pass_time(self, seconds: float) -> None:
        self.elapsed += seconds
        self.view.now += round(seconds * s)
        for at in [at for at in self.then if at <= self.elapsed]:
            self.then.pop(at)()
        if self.sending:
            self.send(round(200 * seconds))

    def send(self, n: int) -> None:
        """The last `n` probes of each vantage point, spread over the time that has passed since."""
        due = self.view.now - np.arange(n)[::-1] * 5 * ms - 2 * ms - self.late_ns
        records = np.zeros(n, DTYPE)
        records["due"], records["sent"], records["done"] = due, due + self.late_ns, due + self.late_ns + ms
        records["stream"] = Stream.probe
        outcomes = [outcome for outcome, share in self.loaded.items() for _ in range(round(share * n))]
        records["outcome"] = np.resize(outcomes, n)
        records["status"] = np.where(records["outcome"] == Outcome.http_error, 403, 200)
        for vantage in TOPOLOGY.vantages:
            with store.requests_path(self.folder, vantage).open("ab") as file:
                file.write(records.tobytes())
