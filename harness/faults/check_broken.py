"""A check script breaks: its disk is gone, its mode is wrong, it hangs, it fails while the service lives, it flaps."""

from typing import ClassVar, Final, Literal

from harness.faults.fault import Fault, held, of_kind, positive
from harness.model.errors import BadValue
from harness.model.ops import FileSwapped, Plan, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration

How = Literal["gone", "not-executable", "fails", "hangs", "flaps"]
_SCRIPTS: Final[dict[How, str | None]] = {
    "gone": None,
    "not-executable": "#!/bin/sh\n",
    "fails": "#!/bin/sh\nexit 1\n",
    "hangs": "#!/bin/sh\nexec sleep 86400\n",
    "flaps": "#!/bin/sh\nexit $(( $(date +%s) / 3 % 2 ))\n",
}
"""What stands in place of the script. ``flaps``: 3 s success, 3 s failure, by the node's clock."""


class CheckBroken(Fault, frozen=True):
    """`target`: a balancer. `path`: the program that keepalived runs as a check, or another file of the node.

    `how`: it is ``gone``, ``not-executable``, ``fails``, ``hangs``, or ``flaps`` (3 s each).
    """

    example: ClassVar[str] = "lb-ext-1 --path /usr/bin/pidof"
    signs: ClassVar[Signs] = Signs(
        caches="entries follow the other node if the check moves the VIP",
        keepalived=(
            "gone and not executable count as success (the log says so); fails and hangs are FAULT, or change the "
            "priority by the weight; flaps moves the VIP to and fro"
        ),
        customers="nothing, until a node without a working HAProxy keeps the VIP, or the VIP moves in vain",
    )

    target: str
    path: str
    how: How = "gone"
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        """Raises `BadValue` for another kind of node, or a path that is not absolute."""
        of_kind(topology, self.target, "balancer")
        if not self.path.startswith("/") or self.path.endswith("/") or "\0" in self.path:
            raise BadValue("path", self.path, "the absolute path of a file in the node")
        swapped = FileSwapped(self.target, self.path, _SCRIPTS[self.how], executable=self.how != "not-executable")
        return plan([swapped], positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"{self.path} of {self.target} {self.how.replace('-', ' ')} {held(self.duration)}"
