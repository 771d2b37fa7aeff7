"""Agents about themselves and their machine."""

from harness.model.events.base import Event


class EventsLost(Event, frozen=True, tag="lost"):
    """An observer dropped `count` events (socket overflow)."""

    source: str
    count: int


class Lag(Event, frozen=True, tag="lag"):
    """The greatest lateness of an observer since its last `Lag`: time of reading − the kernel's stamp, or − when due.

    What an agent stamps itself (addresses, neighbours, states) is late by no more than this.
    """

    observer: str  # the agent: eye, service
    lag_ns: int


class MachineSampled(Event, frozen=True, tag="machine"):
    """What the kernel counted of the whole machine in the `period_ns` until `t`, of all `cpus` together.

    `busy_ns`: CPU time that was used. `stolen_ns`: CPU time that was wanted while the hypervisor ran other machines.
    `waited_ns`: for how long at least one task waited for a CPU (``some`` of /proc/pressure/cpu). None: not counted.
    """

    period_ns: int
    cpus: int
    busy_ns: int
    stolen_ns: int | None = None
    waited_ns: int | None = None


class ServiceWaited(Event, frozen=True, tag="waited"):
    """For how long a task of a service wanted a CPU and got none in the `period_ns` until `t`: of all tasks, the most.

    `waited_ns`: of all its waits together, `waits` in number. A wait counts where it ends: they may be longer than the
    period. Waits that are short together are not told.
    """

    node: str
    service: str
    period_ns: int
    waited_ns: int
    waits: int


class AgentStarted(Event, frozen=True, tag="agent_started"):
    agent: str
    boot_id: str
    replayed: int  # journal entries that were undone at this start


AgentEvent = EventsLost | Lag | MachineSampled | ServiceWaited | AgentStarted
