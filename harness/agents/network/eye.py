"""The observing half of the network agent: frames at every switch port, and netlink in every wired node's namespace.

A process of its own at ordinary priority: it may be late, and may lose events, which it counts. The hand reports which
nodes are wired (`hand_link.py`). If the eye ends, the hand goes on, and a new eye is started.
"""

import functools
from collections.abc import Iterable
from typing import Final

from harness.agents import lab
from harness.agents.agent import Agent
from harness.agents.lateness import Lateness
from harness.agents.loop import Loop, now
from harness.agents.network.hand_link import HandLink
from harness.agents.network.measuring import Measuring
from harness.agents.network.namespace import inside_namespace_of
from harness.agents.network.rtnetlink import Netlink, Overflow
from harness.agents.network.tap import Tap
from harness.agents.network.view import NodeView, SwitchView, View
from harness.agents.server import Client
from harness.model.events import AnyEvent, EventsLost, Unwired, Wired
from harness.model.protocol import Measure
from harness.model.topology import Topology
from harness.model.units import ms

LOSS_CHECK_NS: Final = 250 * ms


class WatchedNamespace:
    """One namespace's netlink socket and the view that it feeds."""

    def __init__(self, source: str, netlink: Netlink, view: View, *, forwarding: bool) -> None:
        self.source = source
        self.netlink = netlink
        self.view = view
        self._forwarding = forwarding
        self._dump()

    def read(self) -> Iterable[AnyEvent]:
        """What changed, as events; after an overflow the eye asks for the whole state again.

        Reads all messages that are there: one that stayed for the next turn could be older than `Loop.delay_ns`.
        """
        dumping = self.netlink.dumping
        try:
            for messages in self.netlink.read():
                t = now()
                for message in messages:
                    yield from self.view.apply(message, t)
                if dumping and not self.netlink.dumping:
                    yield from self.view.settle(t)
                dumping = self.netlink.dumping
        except Overflow:
            yield EventsLost(now(), f"eye.{self.source}", 1)  # at least one: the kernel does not say how many
            self._dump()

    def _dump(self) -> None:
        self.view.doubt()
        self.netlink.dump(forwarding=self._forwarding)


class Eye(Agent):
    def __init__(self, loop: Loop, topology: Topology) -> None:
        super().__init__("eye", loop, topology)
        self._tap = Tap(topology.taps.get, frozenset(topology.switches))
        self._switches = WatchedNamespace("switches", Netlink(), SwitchView(topology), forwarding=True)
        self._nodes: dict[str, WatchedNamespace] = {}
        self._measuring = Measuring(topology, loop)
        self._lateness = Lateness(loop, self.name, self.emit, lambda: self.server.observed)
        self._hand = HandLink(loop, lab.STATE / "hand.sock", self._told)

    def open(self) -> None:
        """Raises `OSError` if no hand listens. The end of the hand ends the eye."""
        self._hand.open()
        self._watch(self._switches)
        self.loop.watch(self._tap.fileno(), self._frames)
        self._count_losses()
        super().open()

    def wired(self) -> tuple[str, ...]:
        return tuple(self._nodes)

    def baseline(self) -> Iterable[AnyEvent]:
        t = now()
        for watched in (self._switches, *self._nodes.values()):
            yield from watched.view.baseline(t)

    def on_subscribed(self) -> None:
        self._lateness.begin()

    def measure(self, ask: Measure) -> int:
        """Replaces the present stream, also one of another client. It ends when no client is subscribed any more."""
        self._measuring.start(ask.points, ask.rate_hz)
        return now()

    def _gone(self, client: Client) -> None:
        super()._gone(client)
        if not self.server.observed:
            self._measuring.start((), 0)

    def catch_up(self, t: int) -> None:
        """During a measuring stream frames may wait for long. Frames that arrive after `t` need not be read now."""
        for watched in (self._switches, *self._nodes.values()):
            self._emit_all(watched.read())
        while 0 < self._read_frames() < t:
            pass

    def _frames(self, _: int) -> None:
        self._read_frames()

    def _read_frames(self) -> int:
        """Reads a batch; returns the timestamp of its last frame, 0 if there was none."""
        stamped = 0
        for event in self._tap.read():
            self.emit(event)
            self._lateness.frame(event.t)
            stamped = event.t
        return stamped

    def _count_losses(self) -> None:
        for event in self._tap.lost():
            self.emit(event)
        self.loop.at(now() + LOSS_CHECK_NS, self._count_losses)

    def _told(self, event: Wired | Unwired) -> None:
        match event:
            case Wired(node=node, pid=pid):
                self._wired(node, pid)
            case Unwired(node=node):
                self._unwired(node)

    def _wired(self, node: str, pid: int) -> None:
        self._unwired(node)
        try:
            with inside_namespace_of(pid):
                watched = WatchedNamespace(node, Netlink(), NodeView(self.topology.node(node)), forwarding=False)
        except (FileNotFoundError, ProcessLookupError):  # the node ended meanwhile: the hand will report it
            return
        self._nodes[node] = watched
        self._watch(watched)
        self._measuring.wired(node, pid)

    def _unwired(self, node: str) -> None:
        """Closes each socket in the node's namespace: an open one would keep the namespace alive."""
        watched = self._nodes.pop(node, None)
        if watched:
            self._measuring.unwired(node)
            self.loop.forget(watched.netlink.fileno())
            watched.netlink.close()
            self._emit_all(watched.view.forget(now()))

    def _watch(self, watched: WatchedNamespace) -> None:
        self.loop.watch(watched.netlink.fileno(), functools.partial(self._changed, watched))

    def _changed(self, watched: WatchedNamespace, _: int) -> None:
        self._emit_all(watched.read())

    def _emit_all(self, events: Iterable[AnyEvent]) -> None:
        for event in events:
            self.emit(event)


def main() -> None:
    """Never returns, except by an exception."""
    loop = Loop()
    eye = Eye(loop, lab.topology())
    eye.open()
    loop.run()


if __name__ == "__main__":
    main()
