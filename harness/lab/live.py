"""The present state of a lab, from the events of its agents, and how well each vantage point is served."""

from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Final, Self

import msgspec

from harness.lab.feed import Feed
from harness.lab.lab import Lab
from harness.lab.success import SuccessMeter
from harness.lab.view import View
from harness.model.events import AnyEvent
from harness.model.units import seconds

READY_SECONDS: Final = 30.0
FIRST_SECONDS: Final = 1.0


class ActiveFault(msgspec.Struct, frozen=True):
    holder: str
    op: str
    since_s: float  # held for so long


class Status(msgspec.Struct, frozen=True):
    """`owners`: VIP (its router's name, where it is the only one) → the nodes that hold it.

    `vrrp`: virtual router → node → the state of its keepalived, if known. `arp`: by the names of `Topology.caches`.

    `success`: None if no arrival's outcome became known.
    """

    lab: str
    t_ns: int
    owners: dict[str, tuple[str, ...]]
    arp: dict[str, str | None]
    cache_of: dict[str, str]  # vantage point → the device whose cache decides for it
    success: dict[str, float | None]
    vrrp: dict[str, dict[str, str]]
    active: tuple[ActiveFault, ...]
    wired: tuple[str, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...]
    asks: dict[str, str] = {}  # vantage point → the VIP, as `owners` names it


class LiveLab:
    """Opens the lab's agents and (`vantages`) its vantage points on enter.

    Raises `EnvironmentProblem` if the lab is not up.
    """

    def __init__(self, name: str, patience_s: float = 0, *, vantages: bool = True) -> None:
        self._feed = Feed(self._take)
        self.lab = Lab(name, self._feed.take, patience_s)
        self.view = View(self.lab.topology)
        self._vantages = tuple(self.lab.topology.vantages) if vantages else ()
        self._meters: list[SuccessMeter] = []

    def __enter__(self) -> Self:
        try:
            self.lab.watch()
            with ThreadPoolExecutor(8) as pool:
                self._meters = list(pool.map(self._meter, self._vantages))
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for meter in self._meters:
            meter.close()
        self.lab.close()

    def _take(self, event: AnyEvent) -> None:
        self.view.take(event)  # `view` is made after the feed: it needs the lab's topology

    def _meter(self, vantage: str) -> SuccessMeter:
        return SuccessMeter(self.lab.docker, self.lab.name, vantage)

    def status(self) -> Status:
        greetings = [self.lab.agent(agent).hello() for agent in ("hand", "service")]
        hand, t = greetings[0], greetings[0].t
        held = [each for greeting in greetings for each in greeting.held]
        topology = self.lab.topology
        return Status(
            lab=self.lab.name,
            t_ns=t,
            owners=self._feed.read(lambda: {vip.name: self.view.owners(vip) for vip in topology.vips}),
            arp=self._feed.read(self.view.arps),
            cache_of={vantage: topology.cache_of(vantage) for vantage in topology.vantages},
            success={meter.vantage: meter.share(t) for meter in self._meters},
            vrrp=self._feed.read(lambda: {name: self.view.vrrp_of(name) for name in topology.virtual_routers}),
            active=tuple(ActiveFault(each.holder, str(each.op), seconds(t - each.since_ns)) for each in held),
            wired=hand.wired,
            missing=tuple(node for node in hand.missing if node in self.lab.topology.nodes),
            notes=tuple(dict.fromkeys(note for greeting in greetings for note in greeting.notes)),
            asks={name: topology.vip_of(vantage).name for name, vantage in topology.vantages.items()},
        )

    def wait_known(self) -> None:
        """Waits at most 1 s for a record of each vantage point, so that the first status is not empty."""
        for meter in self._meters:
            meter.wait_known(FIRST_SECONDS)

    def wait_wired(self) -> None:
        """Waits until every node has its cables. Raises `NotMeasured` naming those that have none."""
        nodes = self.lab.topology.nodes
        self._feed.wait("the wiring", lambda: ", ".join(sorted(set(nodes) - self.view.wired)), READY_SECONDS)

    def wait_agreed(self) -> None:
        """Waits until each VIP has one owner, which every cache reaches. Raises `NotMeasured` naming what is not so."""
        self._feed.wait("every cache to agree", lambda: disagreement(self.view), READY_SECONDS)

    def wait_served(self) -> None:
        """Waits until every vantage point is served. Raises `NotMeasured` naming those that are not."""
        for meter in self._meters:
            meter.wait_served(READY_SECONDS)


def disagreement(view: View) -> str:
    """The VIPs without exactly one owner, and the caches that reach another node; empty if there is none."""
    owners = {vip: view.owners(vip) for vip in view.topology.vips}
    reasons = [f"{vip.name} is owned by {', '.join(o) or 'no node'}" for vip, o in owners.items() if len(o) != 1]
    for name, cache in view.topology.caches.items():
        reached = view.arp(cache)
        if reached not in owners[cache.vip] and (cache.asked or view.mac(cache)):
            reasons.append(f"{name} reaches {reached or 'no node'}")
    return "; ".join(reasons)
