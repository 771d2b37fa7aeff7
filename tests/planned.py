"""What a fault plans on the lab of the tests, and who is in it."""

from harness.faults import Fault
from harness.lab.compose import overlays, topology
from harness.model.ops import Plan

LAB = topology()
WITH_DATABASES = topology(overlays())
FIRST, SECOND = LAB.virtual_router("external").nodes
OWN, VIP = LAB.node(FIRST).port("external").address, "10.77.0.100"


def ops(plan: Plan) -> list[object]:
    return [part.op for part in plan.parts]


def times(plan: Plan) -> list[tuple[object, int, int | None]]:
    return [(part.op, part.begin_ns, part.end_ns) for part in plan.parts]


def parts(fault: Fault) -> list[tuple[str, int, int | None]]:
    return [(str(part.op), part.begin_ns, part.end_ns) for part in fault.plan(topology(["databases"])).parts]
