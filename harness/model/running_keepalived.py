"""The settings that a running keepalived uses, as it tells them: instances, what they track, sync groups. Times in ns.

`status`, `value`, `running`, `up` are of the moment. `other`: lines of its dump that are not understood.
"""

import msgspec

from harness.model.vrrp_instance import Tracked, VrrpInstance


class TrackScript(msgspec.Struct, frozen=True, omit_defaults=True):
    """`timeout_ns` 0: none is configured, then the next interval ends it. `status`: GOOD, BAD, INIT …."""

    name: str
    command: str
    interval_ns: int
    timeout_ns: int
    weight: int
    rise: int
    fall: int
    status: str
    reverse: bool = False
    other: tuple[str, ...] = ()


class TrackFile(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str
    path: str
    weight: int
    value: int
    reverse: bool = False
    other: tuple[str, ...] = ()


class TrackProcess(msgspec.Struct, frozen=True, omit_defaults=True):
    """`minimum`: so many processes must run; `running`: so many do, as keepalived counts them.

    `terminate_delay_ns`: so long after a process ended it counts as gone.
    """

    name: str
    process: str
    weight: int
    minimum: int
    running: int
    reverse: bool = False
    terminate_delay_ns: int = 0
    other: tuple[str, ...] = ()


class TrackBfd(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str
    weight: int
    up: bool
    reverse: bool = False
    other: tuple[str, ...] = ()


Tracker = TrackScript | TrackFile | TrackProcess | TrackBfd


class SyncGroup(msgspec.Struct, frozen=True, omit_defaults=True):
    """`members`: instances that change their state together. What the group tracks, each of them tracks."""

    name: str
    members: tuple[str, ...]
    interfaces: tuple[Tracked, ...] = ()
    scripts: tuple[Tracked, ...] = ()
    files: tuple[Tracked, ...] = ()
    processes: tuple[Tracked, ...] = ()
    bfds: tuple[Tracked, ...] = ()
    other: tuple[str, ...] = ()


class RunningKeepalived(msgspec.Struct, frozen=True, omit_defaults=True):
    router_id: str = ""
    startup_delay_ns: int = 0
    instances: tuple[VrrpInstance, ...] = ()
    groups: tuple[SyncGroup, ...] = ()
    scripts: tuple[TrackScript, ...] = ()
    files: tuple[TrackFile, ...] = ()
    processes: tuple[TrackProcess, ...] = ()
    bfds: tuple[TrackBfd, ...] = ()
    other: tuple[str, ...] = ()
