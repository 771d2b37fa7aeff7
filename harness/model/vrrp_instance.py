"""One vrrp_instance with the settings that a running keepalived uses, and what it tracks. Times in ns."""

import msgspec


class VrrpAddress(msgspec.Struct, frozen=True, omit_defaults=True):
    """`device`: where keepalived sets it, a vmac's own device included."""

    address: str
    prefix: int
    device: str
    label: str = ""


class UnicastPeer(msgspec.Struct, frozen=True, omit_defaults=True):
    """`min_ttl`, `max_ttl`: keepalived ignores adverts of this peer with another TTL."""

    address: str
    min_ttl: int = 0
    max_ttl: int = 255


class Tracked(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an instance watches. `weight` 0: the instance is in FAULT while it fails."""

    name: str
    weight: int = 0
    reverse: bool = False


class VrrpInstance(msgspec.Struct, frozen=True, omit_defaults=True):
    """`state`, `effective_priority`, `master_down_ns` and `faults` are of the moment; the rest holds until a reload.

    `master_down_ns` follows the effective priority and, in VRRPv3, the interval that the master tells. It is no bound:
    0 after the reload of a master, the skew alone after an advert of priority 0.
    `effective_priority` is `priority` with the weights of what is tracked.
    """

    name: str
    vrid: int
    version: int
    state: str  # MASTER, BACKUP, FAULT, or a number while it starts
    interface: str  # where adverts leave: with `vmac` the device that keepalived made
    base_interface: str  # the cable
    priority: int
    effective_priority: int
    advert_int_ns: int
    master_down_ns: int
    down_timer_adverts: int
    preempt: bool
    accept: bool
    garp_master_delay_ns: int
    garp_master_repeat: int
    garp_master_refresh_ns: int  # 0: never
    garp_master_refresh_repeat: int
    garp_lower_prio_delay_ns: int
    garp_lower_prio_repeat: int
    higher_prio_send_advert: bool
    preempt_delay_ns: int = 0
    vmac: bool = False
    strict: bool = False
    source: str = ""  # empty: none yet
    unicast: bool = False
    unicast_peers: tuple[UnicastPeer, ...] = ()
    authentication: str = ""  # PASS, AH
    password: str = ""  # never the password: a mark that is the same for the same one
    sync_group: str = ""
    vips: tuple[VrrpAddress, ...] = ()
    excluded: tuple[VrrpAddress, ...] = ()  # move with the others; adverts do not name them
    interfaces: tuple[Tracked, ...] = ()
    scripts: tuple[Tracked, ...] = ()
    files: tuple[Tracked, ...] = ()
    processes: tuple[Tracked, ...] = ()
    bfds: tuple[Tracked, ...] = ()
    faults: tuple[str, ...] = ()
    other: tuple[str, ...] = ()  # lines that are not understood
