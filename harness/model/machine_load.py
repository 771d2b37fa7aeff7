"""What a machine was busy with for a while, by its kernel's own count."""

import msgspec


class Share(msgspec.Struct, frozen=True):
    """From 0 to 1: of the whole time, and of the second in which it was most."""

    mean: float
    most: float


class MachineLoad(msgspec.Struct, frozen=True):
    """Shares of the CPU time of all its CPUs: `busy` was used by it, `stolen` wanted by it and given to other machines.

    `waited`: of the time, for how much of it at least one task waited for a CPU (PSI, ``some``). None: not counted.
    """

    busy: Share
    stolen: Share | None = None
    waited: Share | None = None
