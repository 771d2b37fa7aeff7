"""How long a fault of a gate's battery lasts on the model: as the battery does it, and what else may tell."""

from typing import Final

from msgspec.structs import replace

from harness.faults import Fault, address_deleted
from harness.faults.fault import Together
from harness.model.errors import BadValue
from harness.model.ops import Part
from harness.model.topology import Topology
from harness.search.pair import SimulatedPair
from harness.search.searching import grid

QUARTERS: Final = 4  # of advert_int: the steps up to what a standby's timer can see
BEYOND: Final = 2  # adverts after master-down: what heals then meets a standby that has just taken over


def lasting(fault: Fault, ns: int) -> Fault | None:
    """The same fault, so long; of several that end apart the first one. None: it has no length.

    An address that is deleted once is an act: kept away for a while, it is another fault.
    """
    if isinstance(fault, Together):
        first = min(_length(each) or 0 for each in fault.members)
        return Together(tuple(replace(each, duration=ns + (_length(each) or 0) - first) for each in fault.members))
    if isinstance(fault, address_deleted) or "duration" not in fault.__struct_fields__:
        return None
    return replace(fault, duration=ns)


def length(fault: Fault) -> int | None:
    """As `lasting` counts it; None: for good."""
    return (
        min((_length(each) or 0 for each in fault.members), default=0)
        if isinstance(fault, Together)
        else _length(fault)
    )


def planned(fault: Fault, topology: Topology) -> tuple[Part, ...]:
    """Empty for a length that is too short for the fault."""
    try:
        return fault.plan(topology).parts
    except BadValue:
        return ()


def lengths(pair: SimulatedPair, *, fine: bool = True) -> tuple[int, ...]:
    """By the pair's own timers, as a search's grid; `fine`: more of them where takeovers begin."""
    quarter = pair.advert_int_ns // QUARTERS
    more = range(quarter, pair.master_down_ns + BEYOND * pair.advert_int_ns, quarter) if fine else ()
    return tuple(sorted({*more, *grid(pair).lasts}))


def _length(fault: Fault) -> int | None:
    found = getattr(fault, "duration", None)
    return found if isinstance(found, int) else None
