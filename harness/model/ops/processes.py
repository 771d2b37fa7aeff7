"""Ops on a node's processes and on the supervisor that starts them."""

from harness.model.ops.base import LOOP, SERVICE, Act, Disturbs, Held, OnNode


class _Broken(OnNode, Held, frozen=True):
    """Its lane is its own: a freeze need not wait for a query."""

    agent = SERVICE
    outlives_node = False  # a node that comes back starts its services
    blocks = None

    @property
    def lane(self) -> str:
        return f"processes of {self.node}"


class Signal(_Broken, frozen=True, tag="signal"):
    """STOP every process of one service (or of the whole node: `service` None); the inverse is CONT.

    A stopped service reports nothing, and a track_script may watch any service.
    """

    undo_rank = 1

    service: str | None = None

    @property
    def disturbs(self) -> Disturbs:
        return Disturbs.node if self.service in (None, "keepalived") else Disturbs.service


class ServiceDown(_Broken, frozen=True, tag="service_down"):
    """A supervised service is stopped; the inverse starts it."""

    disturbs = Disturbs.openly
    undo_rank = 4

    service: str


class ServiceKilled(_Broken, frozen=True, tag="service_killed"):
    """SIGKILL to every process of a supervised service (or of all of the node's: `service` None), which stays down.

    No process says goodbye: addresses and devices that it made are left in the kernel. The inverse starts the service.
    """

    disturbs = Disturbs.openly  # what starts in the end begins anew, as BACKUP
    undo_rank = 4

    service: str | None = None


class ServiceKill(OnNode, Act, frozen=True, tag="service_kill"):
    """Act: SIGKILL to every process of a supervised service, which its supervisor starts again at once."""

    agent = SERVICE
    disturbs = Disturbs.openly

    service: str

    @property
    def lane(self) -> str:
        return f"processes of {self.node}"


class ServiceRestart(OnNode, Act, frozen=True, tag="service_restart"):
    """Act: a supervised service is restarted."""

    agent = SERVICE
    disturbs = Disturbs.openly
    lane = LOOP  # one write to runsv

    service: str


class ServiceReload(OnNode, Act, frozen=True, tag="service_reload"):
    """Act: a supervised service is told to read its files anew, and goes on (SIGHUP)."""

    agent = SERVICE
    disturbs = Disturbs.openly
    lane = LOOP  # one write to runsv

    service: str


class Reboot(OnNode, Act, frozen=True, tag="reboot"):
    """Act: every service of a node ends, and when all have ended each is started anew."""

    agent = SERVICE
    disturbs = Disturbs.openly

    @property
    def lane(self) -> str:
        return self.node


ProcessOp = Signal | ServiceDown | ServiceKilled | ServiceKill | ServiceRestart | ServiceReload | Reboot
