"""The supervised services of each kind of node, as its image has them (compose/IMAGE/service)."""

from collections.abc import Mapping
from typing import Final

SERVICES: Final[Mapping[str, tuple[str, ...]]] = {
    "balancer": ("haproxy", "keepalived"),
    "api": ("api",),
    "report": ("api",),
    "database": ("mariadb", "toxiproxy"),
    "servers": ("servers",),
}
"""Kind of node → names. Gateways have none; those of customers are our own load, and no fault ends them."""
