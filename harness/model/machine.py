"""What the engine's machine can do, as found by trying it in a container with the network agent's privileges."""

import msgspec


class Machine(msgspec.Struct, frozen=True):
    """Each text is the reason of a refusal; empty: it works."""

    bridge: str  # a bridge and a veth pair
    nft_bridge: str  # nftables, family bridge
    nft_parts: str  # rules for some frames: a share that is lost or corrupt, announcements up to a rate
    tbf: str  # a token bucket at a device
    delays: str  # a BPF program at a device's way out (tcx)
    timestamps: str  # SO_TIMESTAMPNS on an AF_PACKET socket
    realtime: str  # SCHED_FIFO for the process that injects
    clocksource: str  # the kernel's name for it: tsc, kvm-clock, hpet …
    nofile: int  # hard limit of a container of this engine, without ulimits of our own
    memory_available: int  # bytes
    disk_available: int  # bytes, where the engine keeps containers
