"""What an instance becomes by what it tracks: FAULT, or another priority. Source: vrrp_track.c of keepalived."""

from typing import TYPE_CHECKING

from harness.simulation.instance import Instance
from harness.simulation.state import State
from harness.simulation.watch import Watch
from harness.simulation.watchers import Watchers

if TYPE_CHECKING:
    from harness.simulation.nodes import Nodes


class Tracking:
    def __init__(self, state: State, nodes: "Nodes") -> None:
        self._state, self._nodes = state, nodes
        self.watchers = Watchers(state, self._verdict, lambda node: nodes.processes.stopped[node] > 0)

    def on_cable(self, one: Instance, port: str) -> tuple[Watch, ...]:
        """Those that watch the device of this port."""
        if not one.set.watches:
            return ()
        device = self._state.topology.ports[port].device
        return tuple(watch for watch in one.set.watches if watch.kind == "interface" and watch.name == device)

    def judge(self, one: Instance, watch: Watch, *, failed: bool) -> None:
        """process_script_update_priority(): with a weight the priority changes, without one the state."""
        if one.state == "STOP":
            return
        now = self._state.now
        if watch.weight:
            one.weigh(now, watch.cause, watch.adds(failed=failed))
        elif watch.faults(failed=failed):
            one.down(now, watch.cause)
        else:
            one.up(now, watch.cause)
        self._nodes.arm(one)

    def look_around(self, one: Instance) -> None:
        """initialise_tracking_priorities(): what a new process finds. Of its scripts it knows nothing yet."""
        down = self._state.layer2.down
        one.faults = {f"carrier {port}" for port in self._nodes.places.needs(one) if down[port]}
        one.unproved, added = set(), {}
        for watch in one.set.watches:
            failed = self._failed_at_start(one, watch)
            if failed is None:
                one.unproved |= set() if watch.weight else {watch.cause}
            elif watch.weight:
                added[watch.cause] = watch.adds(failed=failed)
            elif watch.faults(failed=failed):
                one.faults.add(watch.cause)
        one.begin_with(added)

    def _verdict(self, node: str, watch: Watch, failed: bool) -> None:  # noqa: FBT001 - as `watchers.Verdict`
        """For each instance that tracks it, by its own weight."""
        for one in self._nodes.on(node):
            for mine in one.set.watches:
                if mine.cause == watch.cause:
                    self.judge(one, mine, failed=failed)

    def _failed_at_start(self, one: Instance, watch: Watch) -> bool | None:
        """None: a script that has not ended once."""
        if watch.kind == "script":
            return True if watch.init_fail else None
        if watch.kind == "process":
            return self.watchers.failing(one.node, watch)
        down, ports = self._state.layer2.down, self._state.topology.node(one.node).ports
        return any(down[port.name] for port in ports if port.device == watch.name)
