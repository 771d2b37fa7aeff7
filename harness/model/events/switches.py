"""Switches and cables: states of ports, REP, the guard against storms, what is wired."""

from harness.model.events.base import Event


class PortState(Event, frozen=True, tag="port_state"):
    """What a switch does with frames at a port, as the kernel tells it: ``forwarding``, ``blocked``, ``disabled``.

    ``disabled``: the end of a trunk has no carrier. Of a port that has never been told, nothing else is known than that
    it forwards.
    """

    port: str
    state: str


class RepTurned(Event, frozen=True, tag="rep"):
    """REP gave a port of a ring its role (``open``, ``alternate``, ``failed``), and why."""

    ring: str
    switch: str
    port: str
    role: str
    why: str


class PortShut(Event, frozen=True, tag="port_shut"):
    """The storm guard shut a port: more broadcast and multicast frames came in than `limit` a second.

    It stays shut until an operator opens it. `t`: when that was noticed; the kernel drops its frames from then on, at
    the latest.
    """

    port: str
    limit: int


class Wired(Event, frozen=True, tag="wired"):
    node: str
    pid: int
    took_ns: int


class Unwired(Event, frozen=True, tag="unwired"):
    """The node's PID 1 ended, or its cables are gone."""

    node: str


SwitchEvent = PortState | RepTurned | PortShut | Wired | Unwired
