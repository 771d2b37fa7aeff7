"""What ends each kind of outage, with what the tables of docs/ have measured of it."""

from typing import Final

from harness.checks import Cause
from harness.explain._cells import cell
from harness.explain._told import Remedy

JUNE: Final = "docs/june-13.md"
JULY: Final = "docs/july-22.md"
CASES: Final = "docs/public-cases.md"

_FLUSH, _GARP = "flush the ARP caches of every gateway", "gratuitous ARP from the owner"
_RESTART, _FAIL_OVER = "restart keepalived on the owner", "fail over on purpose, 3 s"
_COMMAND: Final = {
    _FLUSH: "ip neigh flush to VIP, on each device; in the lab: harness mitigate flush_arp gateways",
    _GARP: "arping -U -I DEVICE VIP, on the owner; in the lab: harness mitigate announce",
    _RESTART: "systemctl restart keepalived, on the owner; in the lab: harness mitigate restart_keepalived NODE",
    _FAIL_OVER: "systemctl stop keepalived, on the owner, later start; in the lab: harness mitigate fail_over NODE",
}
_CURES: Final[dict[Cause, tuple[str, ...]]] = {
    "never sent": (_GARP, _FLUSH, _RESTART),
    "sent but not delivered": (_FLUSH, _GARP),
    "delivered but not accepted": (_FAIL_OVER, _GARP),
}
_COLUMN: Final[dict[Cause, str]] = {
    "never sent": "never sent",
    "sent but not delivered": "sent, not delivered",
    "delivered but not accepted": "delivered, not accepted",
}


def _cure(act: str, cause: Cause) -> Remedy:
    return Remedy(act, _COMMAND[act], cell(JUNE, act, _COLUMN[cause]), JUNE, act, _COLUMN[cause])


def _setting(act: str, row: str, column: str) -> Remedy:
    command = f"configuration {row.split('`')[1]}"
    return Remedy(act, command, cell(JUNE, row, column), JUNE, row, column, prevents=True)


_PREVENTS: Final[dict[Cause, tuple[Remedy, ...]]] = {
    "never sent": (
        _setting(
            "vrrp_garp_master_refresh: the master repeats its gratuitous ARP, here every 10 s",
            "`garp-master-refresh`",
            "never sent: trunk, one way back first",
        ),
        _setting(
            "vrrp_higher_prio_send_advert: a master sends one more advert before it steps back",
            "`higher-prio-send-advert`",
            "never sent: trunk, both ways back at once",
        ),
    ),
}


def stale(cause: Cause) -> tuple[Remedy, ...]:
    """Of a cache that leads to a former owner. None was measured for a cache that was overwritten, or for switches."""
    return (*(_cure(act, cause) for act in _CURES.get(cause, ())), *_PREVENTS.get(cause, ()))


def _july(act: str, name: str, command: str) -> Remedy:
    row, column = f"`mitigation[{name}]` {name}", "all served again after, s"
    return Remedy(act, command, cell(JULY, row, column), JULY, row, column)


WRONG_PLAN: Final = (
    _july("force the index", "force_index", "FORCE INDEX in the query; in the lab: harness mitigate force_index"),
    _july(
        "count the statistics anew until the plan is right",
        "analyse_statistics",
        "ANALYZE TABLE token; in the lab: harness mitigate analyse_statistics --until-right",
    ),
    _july("kill stuck queries", "kill_stuck_queries", "harness mitigate kill_stuck_queries"),
    _july("raise the session limit", "session_limit", "harness mitigate session_limit 1200"),
    _july("reboot the balancers", "reboot", "harness mitigate reboot"),
)


def _prevention(act: str, row: str, configuration: str) -> Remedy:
    column = "what is left"
    return Remedy(act, f"configuration {configuration}", cell(JULY, row, column), JULY, row, column, prevents=True)


SILENT_QUEUE: Final = (
    _prevention(
        "maxconn of each server, so that HAProxy queues clients itself",
        "a limit for each server, 1 s in HAProxy's queue",
        "server-maxconn",
    ),
)

HEALTH_PORT: Final = (
    _prevention("health checks on a port of their own", "health checks on a port of their own", "health-port"),
)


def _case(act: str, test: str, step: str, column: str = "recovery customer-1, s") -> Remedy:
    command, row = f"harness run public_checks --only {test}", f"`{test}` {step}"
    return Remedy(act, command, cell(CASES, row, column), CASES, row, column, prevents=True)


HUNG: Final = _case(
    "a track_script without a weight that asks HAProxy for a page, with a timeout",
    "1420_a_page_is_asked_for",
    "HAProxy hangs",
)
STOPPED: Final = _case(
    "a track_script without a weight that fails when HAProxy is gone", "2599_without_a_weight", "HAProxy stopped"
)
OWN_PROCESS: Final = _case(
    "a check of the node's own HAProxy and of no server behind it: the VIP stays while all servers are down, and no "
    "customer is served all the same",
    "3339_asks_its_own_process",
    "servers stopped",
    "as expected (valid trials)",
)

OWN_PORT: Final = Remedy(
    "a check that asks HAProxy on a port of its own, and not through the frontend that may be full",
    "configuration default or health-port",
    "",
    JULY,
    "",
    "",
    prevents=True,
)
"""The page says what was seen with and without such a check; no table has it."""
