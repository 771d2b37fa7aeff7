"""Services of a node, and what keepalived says of itself."""

from harness.model.events.base import Event
from harness.model.running_keepalived import RunningKeepalived


class ServiceChanged(Event, frozen=True, tag="service"):
    """A supervised process of a node: ``up`` with its pid, or ``down``; ``stopped`` = SIGSTOP."""

    node: str
    service: str
    state: str
    pid: int = 0


class VrrpState(Event, frozen=True, tag="vrrp_state"):
    """keepalived's state by its notify FIFO: MASTER, MASTER_RX_LOWER_PRI (it heard a rival), BACKUP, FAULT, STOP."""

    node: str
    instance: str
    state: str
    priority: int

    @property
    def master(self) -> bool:
        return self.state.startswith("MASTER")


class VrrpDump(Event, frozen=True, tag="vrrp_dump"):
    """keepalived's state by its JSON dump, and whether keepalived has set the VIP."""

    node: str
    instance: str
    state: str
    vip_set: bool


class VrrpConfigured(Event, frozen=True, tag="vrrp_configured"):
    """keepalived's settings by its text dump: those that this process uses since its start or its last reload.

    `why`: ``start`` (of keepalived, or of the agent), ``reload``. `pid` as in `ServiceChanged`.
    """

    node: str
    pid: int
    why: str
    running: RunningKeepalived


VrrpEvent = ServiceChanged | VrrpState | VrrpDump | VrrpConfigured
