"""The injecting half of the network agent: wires the nodes, applies ops at exact deadlines.

The eye is one of its subscribers: `Wired` and `Unwired` say which nodes it can observe.
"""

import gc
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from pyroute2.netlink.exceptions import NetlinkError

from harness.agents import lab, realtime
from harness.agents.agent import Agent
from harness.agents.discovery import Discovery
from harness.agents.leftover import Leftover
from harness.agents.loop import Loop, now
from harness.agents.network import survey
from harness.agents.network.executor import NetworkExecutor
from harness.agents.network.nft import Drops
from harness.agents.network.rings import Rings
from harness.agents.network.wiring import Wiring
from harness.model.errors import AgentError
from harness.model.events import AnyEvent, Unwired, Wired
from harness.model.survey import Survey
from harness.model.topology import Topology


class Hand(Agent):
    """Wires each node that starts. When a node ends, the faults on its ports end too."""

    def __init__(self, loop: Loop, topology: Topology, wiring: Wiring, drops: Drops, rings: Rings | None) -> None:
        super().__init__("hand", loop, topology, NetworkExecutor(loop, topology, wiring, drops, rings))
        self._wiring = wiring
        self._drops = drops
        self._rings = rings
        self._wired: dict[str, Wired] = {}
        self._discovery = Discovery(loop, lab.name(), topology.nodes, self._found, self._died)

    def baseline(self) -> Iterable[AnyEvent]:
        yield from self._wired.values()
        if self._rings:
            yield from self._rings.baseline()

    def wired(self) -> tuple[str, ...]:
        return tuple(self._wired)

    def survey(self) -> Callable[[], Survey]:
        return partial(survey.survey, self.topology, {name: wired.pid for name, wired in self._wired.items()})

    def sweep(self) -> Callable[[], Leftover]:
        return partial(survey.left, [wired.pid for wired in self._wired.values()], self._drops)

    def open(self) -> None:
        conductor = self.conductor
        if self._rings and conductor:
            self._rings.start(self.emit, lambda: (held.op for held in conductor.held()))
        super().open()
        self._discovery.start()

    def _found(self, node: str, pid: int) -> None:
        begun = now()
        try:
            self._wiring.wire(node, pid)
        except (OSError, NetlinkError) as error:
            self._gave_up(node, pid, error)
            return
        self._wired[node] = Wired(now(), node, pid, now() - begun)
        self.emit(self._wired[node])
        print(f"wired {node} (pid {pid}) in {self._wired[node].took_ns / 1e6:.1f} ms", file=sys.stderr)

    def _gave_up(self, node: str, pid: int, error: Exception) -> None:
        """A node that ends meanwhile is wired at its next start. Raises `AgentError` if the node still runs."""
        if Path(f"/proc/{pid}/ns/net").exists():
            raise AgentError(f"{node} (pid {pid}) runs but cannot be wired: {error}") from error
        self._wiring.unwire(node)

    def _died(self, node: str) -> None:
        self._wiring.unwire(node)
        if self.conductor:
            self.conductor.lost(node)
        if self._wired.pop(node, None):
            self.emit(Unwired(now(), node))


def main() -> None:
    """Ends only by an exception: Docker restarts the agent, which replays its journal."""
    topology = lab.topology()
    loop = Loop(realtime.best())
    wiring = Wiring(topology)
    rings = Rings(loop, topology, wiring) if topology.rings or topology.storm_limit else None
    wiring.build()
    hand = Hand(loop, topology, wiring, Drops(), rings)
    hand.open()
    gc.collect()
    gc.freeze()
    print(f"hand is ready; {'; '.join(hand.notes()) or 'real-time scheduling is available'}", file=sys.stderr)
    loop.run()


if __name__ == "__main__":
    main()
