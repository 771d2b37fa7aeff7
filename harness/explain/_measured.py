"""What ends each kind of outage, with the times that the tables of docs/ have: a cell each, word for word.

tests/unit/explain/test_measured.py finds every cell in its table.
"""

from typing import Final

from harness.checks import Cause
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
_FLUSHED: Final = "customer-1 unaffected; customer-2 < 0.01 s; customer-3 dark (1)"
_ANNOUNCED: Final = "customer-1 unaffected; customer-2, customer-3 dark (1) †"
_CURES: Final[dict[Cause, dict[str, str]]] = {
    "never sent": {
        _GARP: "customer-1 unaffected; customer-2, customer-3 < 0.01 s (1)",
        _FLUSH: _FLUSHED,
        _RESTART: "all ≤ 0.07 s (1)",
    },
    "sent but not delivered": {_FLUSH: _FLUSHED, _GARP: _ANNOUNCED},
    "delivered but not accepted": {_FAIL_OVER: "all ≤ 0.05 s (1)", _GARP: _ANNOUNCED},
}
_COLUMN: Final[dict[Cause, str]] = {
    "never sent": "never sent",
    "sent but not delivered": "sent, not delivered",
    "delivered but not accepted": "delivered, not accepted",
}


def _setting(act: str, row: str, column: str, measured: str) -> Remedy:
    return Remedy(act, f"configuration {row.split('`')[1]}", measured, JUNE, row, column, prevents=True)


_PREVENTS: Final[dict[Cause, tuple[Remedy, ...]]] = {
    "never sent": (
        _setting(
            "vrrp_garp_master_refresh: the master repeats its gratuitous ARP, here every 10 s",
            "`garp-master-refresh`",
            "never sent: trunk, one way back first",
            "customer-1 unaffected; customer-2, customer-3 ≤ 9.17 s (1)",
        ),
        _setting(
            "vrrp_higher_prio_send_advert: a master sends one more advert before it steps back",
            "`higher-prio-send-advert`",
            "never sent: trunk, both ways back at once",
            "customer-1 unaffected; customer-2, customer-3 ≤ 0.28 s (1)",
        ),
    ),
}


def stale(cause: Cause) -> tuple[Remedy, ...]:
    """Of a cache that leads to a former owner. None was measured for a cache that was overwritten, or for switches."""
    cures = _CURES.get(cause, {}).items()
    acts = (Remedy(act, _COMMAND[act], cell, JUNE, act, _COLUMN[cause]) for act, cell in cures)
    return (*acts, *_PREVENTS.get(cause, ()))


def _july(act: str, row: str, command: str, measured: str) -> Remedy:
    return Remedy(act, command, measured, JULY, row, "every vantage point served again after, s")


WRONG_PLAN: Final = (
    _july(
        "force the index",
        "`force_index` (2)",
        "FORCE INDEX in the query; in the lab: harness mitigate force_index",
        "2.7, 2.7",
    ),
    _july(
        "count the statistics anew until the plan is right",
        "`analyse_statistics` (2)",
        "ANALYZE TABLE token; in the lab: harness mitigate analyse_statistics --until-right",
        "2.3, 3.5",
    ),
    _july("kill stuck queries", "`kill_stuck_queries` (2)", "harness mitigate kill_stuck_queries", "never"),
    _july("raise the session limit", "`session_limit` (5)", "harness mitigate session_limit 1200", "never"),
    _july("reboot the balancers", "`reboot` (2)", "harness mitigate reboot", "never"),
)


def _prevention(act: str, row: str, measured: str) -> Remedy:
    return Remedy(act, f"configuration {row.strip('`')}", measured, JULY, row, "customers", prevents=True)


SILENT_QUEUE: Final = (
    _prevention(
        "maxconn of each server, so that HAProxy queues clients itself",
        "`server-maxconn`",
        "refused (503) after 1 s in its queue",
    ),
)

HEALTH_PORT: Final = (
    _prevention("health checks on a port of their own", "`health-port`", "not served, while every health check passes"),
)


def _case(act: str, test: str, measured: str) -> Remedy:
    command = f"harness run public_checks --only {test}"
    return Remedy(act, command, measured, CASES, f"`{test}`", "recovery customer-1, s", prevents=True)


HUNG: Final = _case(
    "a track_script without a weight that asks HAProxy for a page, with a timeout",
    "1420_a_page_is_asked_for",
    "2.15 (2.14–2.15)",
)
STOPPED: Final = _case(
    "a track_script without a weight that fails when HAProxy is gone", "2599_without_a_weight", "1.16 (1.16–1.20)"
)
OWN_PROCESS: Final = _case(
    "a check of the node's own HAProxy and of no server behind it: the VIP stays while all servers are down, and no "
    "customer is served all the same",
    "3339_asks_its_own_process",
    "down 3/3",
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
