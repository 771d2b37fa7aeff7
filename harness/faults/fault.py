"""What a fault is: validated parameters that become a plan for one topology. Pure; nothing here touches a lab."""

from typing import ClassVar, Final, Literal

import msgspec

from harness.model import triggers
from harness.model.contradictions import refuse_contradictions
from harness.model.errors import BadValue, UnknownName
from harness.model.node import Node
from harness.model.ops import Alignment, Plan, Sequel, Side
from harness.model.services import SERVICES
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import DAY, Duration, DurationOrZero, format_duration, ms, s

LONGEST: Final = 3600 * s
Direction = Literal["in", "out", "both", "a-to-b", "b-to-a"]


class Fault(msgspec.Struct, frozen=True):
    """Base of all faults. A file in this folder is one fault; `duration` is ns, None holds it until it is undone.

    Faults merge with ``&``: both start at the same instant, each keeps its own duration.
    """

    example: ClassVar[str] = "lb-ext-1"  # what follows the fault's name in the examples of the command line's help
    network: ClassVar[str] = ""  # the network of compose/networks that has what it breaks; "": the usual lab has
    signs: ClassVar[Signs]  # what is seen of it

    def plan(self, topology: Topology) -> Plan:
        """The ops, or `UsageError` (missing target, wrong kind, bad value) before anything is started."""
        raise NotImplementedError

    def targets(self) -> tuple[str, ...]:
        """The names that must be leased: nodes, NODE.SEGMENT, trunks."""
        raise NotImplementedError

    def describe(self) -> str:
        """One line for progress, report and dry run."""
        raise NotImplementedError

    def __and__(self, other: "Fault") -> "Fault":
        return Together((*_members(self), *_members(other)))

    def then(self, other: "Fault", pause: int = 1 * ms) -> "Fault":
        """This fault, and `other` `pause` ns after its end. This one must have a duration.

        Not at the same instant: an agent does not say in which order it ends and begins what is due together.
        """
        return Then(self, other, pause)

    def later(self, by: int) -> "Fault":
        """The same, begun `by` ns after the others that it is merged with: ``a & b.later(300 * ms)``."""
        return Later(self, by)

    def aligned(
        self, virtual_router: str | None = None, phase: int = 1 * ms, skip: int = 0, node: str | None = None
    ) -> "Fault":
        """The same, begun `phase` ns after an advertisement of the router's master (`phases` spreads them evenly).

        `virtual_router`: without it the one that customers ask. `skip`: how many adverts to let pass first. `node`:
        only its adverts count.
        """
        return Aligned(self, virtual_router, phase, skip, node)


class Together(Fault, frozen=True):
    """Several faults that begin at the same instant; made by ``&``."""

    members: tuple[Fault, ...]

    def plan(self, topology: Topology) -> Plan:
        """Raises `BadValue` for two that act on the same thing at the same time."""
        first, *rest = (member.plan(topology) for member in self.members)
        for each in rest:
            first &= each
        refuse_contradictions(first.parts, topology)
        return first

    def targets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(target for member in self.members for target in member.targets()))

    def describe(self) -> str:
        return " & ".join(member.describe() for member in self.members)


class Then(Fault, frozen=True):
    """Two faults, one after the other; made by `Fault.then`."""

    first: Fault
    second: Fault
    pause: Duration

    def plan(self, topology: Topology) -> Plan:
        """Raises `BadValue` for too short a pause, a first fault without an end, or a second one that is aligned."""
        first, second = self.first.plan(topology), self.second.plan(topology)
        if first.ends_ns is None:
            raise BadValue("duration", None, f"an end of {self.first.describe()}, so that another fault can follow")
        if self.pause < ms:
            raise BadValue("pause", self.pause, "1 ms or more, in nanoseconds")
        if second.alignment:
            raise BadValue("alignment", self.second.describe(), "only of the first fault: the second follows its end")
        if first.sequels or second.sequels:
            raise BadValue("after", self.describe(), "not a part of `then`: when it ends is not known before. Use &")
        return first & second.later(first.ends_ns + self.pause)

    def targets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.first.targets(), *self.second.targets())))

    def describe(self) -> str:
        pause = f" {format_duration(self.pause)} later" if self.pause > ms else ""
        return f"{self.first.describe()}, then{pause} {self.second.describe()}"


class Later(Fault, frozen=True):
    """A fault that begins some time after the others of its plan; made by `Fault.later`."""

    fault: Fault
    by: Duration

    def plan(self, topology: Topology) -> Plan:
        """Raises `BadValue` unless `by` is above 0, and for a fault that is aligned: the first one of a plan is."""
        planned = self.fault.plan(topology)
        if planned.alignment:
            raise BadValue("alignment", self.fault.describe(), "only of the whole: (a & b.later(…)).aligned(…)")
        if self.by <= 0:
            raise BadValue("by", self.by, "a positive number of nanoseconds")
        return planned.later(self.by)

    def targets(self) -> tuple[str, ...]:
        return self.fault.targets()

    def describe(self) -> str:
        return f"{self.fault.describe()}, {format_duration(self.by)} later"


class Aligned(Fault, frozen=True):
    """A fault in phase with a virtual router's adverts; made by `Fault.aligned`."""

    fault: Fault
    virtual_router: str | None
    phase: DurationOrZero
    skip: int
    node: str | None

    def plan(self, topology: Topology) -> Plan:
        """Raises `UnknownName` for a router, `BadValue` for a node outside it, a negative phase or a negative skip."""
        plan = self.fault.plan(topology)
        if not plan.parts:
            raise BadValue("alignment", self.fault.describe(), "a fault that does not wait for another event")
        router = topology.virtual_router(self.virtual_router)
        if self.node is not None and self.node not in router.nodes:
            raise BadValue("node", self.node, f"one of {', '.join(router.nodes)}")
        for name, value in (("phase", self.phase), ("skip", self.skip)):
            if value < 0:
                raise BadValue(name, value, "0 or more: a fault can begin after an advert only")
        nodes = router.nodes if self.node is None else (self.node,)
        ports = tuple(topology.node(node).port(router.segment).name for node in nodes)
        alignment = Alignment(ports, router.vrid, self.phase, self.skip)
        return msgspec.structs.replace(plan, alignment=alignment)

    def targets(self) -> tuple[str, ...]:
        return self.fault.targets()

    def describe(self) -> str:
        whose = f" of {self.virtual_router}" if self.virtual_router else ""
        return f"{self.fault.describe()}, {format_duration(self.phase)} after an advert{whose}"


class After(Fault, frozen=True):
    """A fault that begins after an event; made by `after`."""

    fault: Fault
    event: str
    within: Duration

    def plan(self, topology: Topology) -> Plan:
        """Raises `BadValue` or `UnknownName` for an event that cannot happen, or a fault that waits already."""
        trigger, plan = triggers.parse(self.event), self.fault.plan(topology)
        triggers.expect(trigger, topology)
        if plan.alignment or plan.sequels:
            raise BadValue("after", self.fault.describe(), "a fault that waits for no advert and no other event")
        if not 0 < self.within <= LONGEST:
            raise BadValue("within", self.within, "from 1 ns to 1 hour")
        return Plan((), sequels=(Sequel(trigger, plan, self.within),))

    def targets(self) -> tuple[str, ...]:
        return self.fault.targets()

    def describe(self) -> str:
        return f"{self.fault.describe()}, after {self.event}"


def after(event: str, fault: Fault, within: int = 60 * s) -> Fault:
    """The fault, begun as soon as `event` has happened: ``started(lb-ext-1, keepalived)``, ``takes(lb-ext-2)``.

    Combine it with what causes the event: ``stopped(…) & after("started(…)", blackhole(…))``. If the event has
    not happened within `within` ns of the begin, the fault has failed. `harness.model.triggers.KINDS` has all events.
    """
    return After(fault, event, within)


def _members(fault: Fault) -> tuple[Fault, ...]:
    return fault.members if isinstance(fault, Together) else (fault,)


def held(duration: int | None) -> str:
    """``"for 800 ms"`` or ``"until undone"``."""
    return f"for {format_duration(duration)}" if duration is not None else "until undone"


def positive(duration: int | None) -> int | None:
    """Raises `BadValue` unless None or > 0, and no longer than an agent can keep it."""
    if duration is not None and not 0 < duration <= DAY:
        valid = "a positive number of nanoseconds, up to 24 hours, or none to hold until undone"
        raise BadValue("duration", duration, valid)
    return duration


def percentage(percent: float) -> float:
    """Raises `BadValue` unless it is a share of frames that can be kept."""
    if not 0.01 <= percent <= 100:
        raise BadValue("percent", percent, "a number from 0.01 to 100")
    return percent


def of_kind(topology: Topology, target: str, kind: str) -> Node:
    """The node of that name. Raises `UnknownName`, or `BadValue` for a node of another kind."""
    node = topology.node(target)
    if node.kind != kind:
        valid = ", ".join(each.name for each in topology.nodes.values() if each.kind == kind)
        raise BadValue("target", target, f"a node of the kind {kind}: {valid or 'this lab has none'}")
    return node


def service_of(topology: Topology, target: str, service: str) -> str:
    """The same name. Raises `UnknownName` for a node, or for a service that its kind does not have."""
    node = topology.node(target)
    valid = SERVICES.get(node.kind, ())
    if service not in valid:
        raise UnknownName(f"service of {target}", service, valid)
    return service


def ports_of(topology: Topology, target: str) -> tuple[str, ...]:
    """The port names behind NODE (all its data ports) or NODE.SEGMENT. Raises `UnknownName`."""
    if target in topology.nodes:
        return tuple(port.name for port in topology.nodes[target].ports)
    if target in topology.ports:
        return (target,)
    raise UnknownName("node or port", target, [*topology.nodes, *topology.ports])


def links_of(topology: Topology, target: str) -> tuple[str, ...]:
    """The ports whose carrier takes that of NODE, NODE.SEGMENT or a trunk with it. Raises `UnknownName`.

    Of a trunk one end: a cable without carrier at one end has none at the other.
    """
    if target in topology.trunks:
        return (topology.trunks[target].end_a,)
    if target not in topology.nodes and target not in topology.ports:
        raise UnknownName("node, port or trunk", target, [*topology.nodes, *topology.ports, *topology.trunks])
    return ports_of(topology, target)


def ring_switch(topology: Topology, target: str) -> str:
    """The same name. Raises `UnknownName` for a switch that is in no ring."""
    valid = list(dict.fromkeys(topology.switch_of(port) for port in topology.ring_ports))
    if target not in valid:
        raise UnknownName("switch in a ring", target, valid or ["none in this lab: harness up --network full"])
    return target


def crossings(topology: Topology, target: str, direction: Direction) -> tuple[tuple[str, Side], ...]:
    """The (port, side) points at which frames of `direction` cross `target`.

    A node's ``out`` enters the switch (ingress); on a trunk ``a-to-b`` enters switch b at TRUNK.b.
    """
    if target in topology.trunks:
        trunk = topology.trunks[target]
        one_way: dict[str, str] = {"a-to-b": trunk.end_b, "b-to-a": trunk.end_a}
        one_of(direction, (*one_way, "both"), target)
        return tuple((end, "ingress") for way, end in one_way.items() if direction in (way, "both"))
    sides: dict[str, Side] = {"out": "ingress", "in": "egress"}
    if target not in topology.nodes and target not in topology.ports:
        raise UnknownName("target", target, [*topology.nodes, *topology.ports, *topology.trunks])
    one_of(direction, (*sides, "both"), target)
    return tuple((p, side) for p in ports_of(topology, target) for w, side in sides.items() if direction in (w, "both"))


def one_of(direction: str, valid: tuple[str, ...], target: str) -> None:
    """Raises `BadValue` for a direction that `target` does not have."""
    if direction not in valid:
        raise BadValue("direction", direction, f"one of {', '.join(valid)} for {target}")
