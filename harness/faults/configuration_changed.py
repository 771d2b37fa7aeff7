"""A configuration is changed at run time and reloaded: a rolling change, or on one node alone."""

from typing import ClassVar, Final, Literal

from harness.faults.fault import Fault, held, of_kind, positive
from harness.model.errors import BadValue
from harness.model.ops import FileEdited, Part, Plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration, s

Service = Literal["keepalived", "haproxy"]
PATHS: Final = {"keepalived": "/etc/keepalived/keepalived.conf", "haproxy": "/etc/haproxy/haproxy.cfg"}


class ConfigurationChanged(Fault, frozen=True):
    """`target`: a balancer. In the file of `service` the text `replace` becomes `by`, wherever it occurs.

    `followed_by`: the balancer that gets the same change `pause` later: a rolling change in this order. Both are taken
    back after `duration`. `path`: another file than the service's own.
    """

    example: ClassVar[str] = "lb-ext-1 --service haproxy --replace roundrobin --by leastconn"
    signs: ClassVar[Signs] = Signs(
        caches="entries follow each new owner, if the change makes another one",
        keepalived="it reloads: each state begins anew; between the two nodes their settings disagree",
        customers="nothing, or a gap for each node that gives the VIP up; HAProxy hands its listeners over",
    )

    target: str
    replace: str
    by: str
    service: Service = "keepalived"
    followed_by: str | None = None
    pause: Duration = 5 * s
    path: str | None = None
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        """Raises `BadValue` for a change of nothing, the same node twice, or a second one that is too late."""
        if not self.replace or self.replace == self.by:
            raise BadValue("replace", self.replace, "a text of the file, and another one for it")
        path = self.path or PATHS[self.service]
        if not path.startswith("/"):
            raise BadValue("path", path, "an absolute path")
        nodes = (self.target,) if self.followed_by is None else (self.target, self.followed_by)
        if len({*nodes}) < len(nodes):
            raise BadValue("followed_by", self.followed_by, f"another balancer than {self.target}")
        end = positive(self.duration)
        if self.followed_by is not None and end is not None and self.pause >= end:
            raise BadValue("pause", self.pause, "less than the duration")
        ops = [
            FileEdited(of_kind(topology, n, "balancer").name, self.service, path, self.replace, self.by) for n in nodes
        ]
        return Plan(tuple(Part(op, number * self.pause, end) for number, op in enumerate(ops)))

    def targets(self) -> tuple[str, ...]:
        return (self.target,) if self.followed_by is None else (self.target, self.followed_by)

    def describe(self) -> str:
        where = " then ".join(self.targets())
        return f"{where} with {self.by!r} in place of {self.replace!r} for {self.service} {held(self.duration)}"
