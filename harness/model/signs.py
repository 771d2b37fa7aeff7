"""What an operator sees of a fault or a mitigation, place by place."""

import msgspec


class Signs(msgspec.Struct, frozen=True):
    """`caches`: ARP entries on the VIP's segment. `keepalived`: its states and log. `customers`: their requests."""

    caches: str
    keepalived: str
    customers: str
