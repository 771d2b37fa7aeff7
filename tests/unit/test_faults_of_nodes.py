"""Faults of nodes: their services, files, checks and power."""

from collections.abc import Callable

import pytest

from harness import faults
from harness.faults import Fault
from harness.faults.check_broken import How
from harness.lab.compose import topology
from harness.model.errors import BadValue, UnknownName, UsageError
from harness.model.folders import COMPOSE
from harness.model.ops import (
    AnyOp,
    FileSwapped,
    ForgetKernel,
    LinkDown,
    ServiceDown,
    ServiceKill,
    ServiceKilled,
    Signal,
)
from harness.model.services import SERVICES
from harness.model.units import ms, s
from tests.planned import FIRST, LAB, VIP, WITH_DATABASES, ops, parts, times


def test_freeze_stops_processes_and_silences_the_card() -> None:
    """A frozen machine's kernel answers no ARP either."""
    planned = ops(faults.freeze("lb-ext-1").plan(LAB))
    assert planned[0] == Signal("lb-ext-1")
    assert len(planned) == 5


@pytest.mark.parametrize(
    "fault, op",
    [
        (faults.hung(FIRST, "haproxy"), Signal(FIRST, "haproxy")),
        (faults.stopped(FIRST, "keepalived"), ServiceDown(FIRST, "keepalived")),
        (faults.killed(FIRST, "keepalived"), ServiceKilled(FIRST, "keepalived")),
        (faults.killed(FIRST, "keepalived", restart="at-once"), ServiceKill(FIRST, "keepalived")),
    ],
    ids=["hung", "stopped", "killed", "killed at once"],
)
def test_a_service_ends_in_one_of_four_ways(fault: Fault, op: AnyOp) -> None:
    assert ops(fault.plan(LAB)) == [op]
    assert fault.targets() == (FIRST,)


def test_a_service_that_starts_at_once_cannot_stay_killed_for_a_time() -> None:
    with pytest.raises(BadValue, match="none with restart at-once"):
        faults.killed(FIRST, "haproxy", restart="at-once", duration=s).plan(LAB)


@pytest.mark.parametrize("fault", [faults.hung, faults.stopped, faults.killed])
def test_only_a_node_has_services_and_each_kind_its_own(fault: Callable[[str, str], Fault]) -> None:
    with pytest.raises(UnknownName, match="trunk"):
        fault("trunk", "haproxy").plan(LAB)
    with pytest.raises(UnknownName, match=r"no service of lb-ext-1 'haproxi'\. Did you mean 'haproxy'"):
        fault(FIRST, "haproxi").plan(LAB)
    with pytest.raises(UnknownName, match=r"no service of gw-1 'haproxy'.*Valid: none"):
        fault("gw-1", "haproxy").plan(LAB)


def test_services_are_those_of_the_images() -> None:
    """compose/IMAGE/service has a folder for each."""
    folders = {
        kind: {path.name for path in (COMPOSE / {"report": "api"}.get(kind, kind) / "service").glob("*")}
        for kind in {node.kind for node in WITH_DATABASES.nodes.values()} - {"customer"}
    }
    assert {kind: set(SERVICES.get(kind, ())) for kind in folders} == folders


def test_a_power_cut_ends_cables_then_processes_and_then_what_the_kernel_knew() -> None:
    assert times(faults.power_cut(FIRST, duration=5 * s).plan(LAB)) == [
        (LinkDown(f"{FIRST}.external"), 0, 5 * s),
        (LinkDown(f"{FIRST}.internal"), 0, 5 * s),
        (ServiceKilled(FIRST), 20 * ms, 5 * s),
        (ForgetKernel(FIRST), 200 * ms, None),
        (ForgetKernel(FIRST), 2 * s, None),
    ]
    assert ops(faults.power_cut("gw-1", duration=s).plan(LAB))[-1] == ForgetKernel("gw-1")
    with pytest.raises(BadValue, match="a node that is no customer"):
        faults.power_cut("customer-1").plan(LAB)


def test_a_power_cut_lasts_until_the_kernel_has_forgotten() -> None:
    assert faults.power_cut(FIRST, duration=401 * ms).plan(LAB).ends_ns == 401 * ms
    with pytest.raises(BadValue, match="more than 400 ms"):
        faults.power_cut(FIRST, duration=400 * ms).plan(LAB)


@pytest.mark.parametrize(
    "how, content, executable",
    [("gone", None, True), ("not-executable", "#!/bin/sh\n", False), ("fails", "#!/bin/sh\nexit 1\n", True)],
)
def test_a_check_breaks_as_its_file_is_swapped(how: How, content: str | None, *, executable: bool) -> None:
    fault = faults.check_broken(FIRST, "/usr/bin/pidof", how, s)
    assert ops(fault.plan(LAB)) == [FileSwapped(FIRST, "/usr/bin/pidof", content, executable)]
    assert fault.describe() == f"/usr/bin/pidof of {FIRST} {how.replace('-', ' ')} for 1 s"


@pytest.mark.parametrize(
    "target, path", [("gw-1", "/usr/bin/pidof"), (FIRST, "pidof"), (FIRST, "/etc/"), (FIRST, "/a\0")]
)
def test_a_check_is_a_file_of_a_balancer(target: str, path: str) -> None:
    with pytest.raises(BadValue):
        faults.check_broken(target, path).plan(LAB)


@pytest.mark.parametrize(
    "fault, words",
    [
        (faults.hung(FIRST, "haproxy", duration=s), "haproxy of lb-ext-1 hung for 1 s"),
        (faults.stopped(FIRST, "haproxy"), "haproxy of lb-ext-1 stopped until undone"),
        (faults.killed(FIRST, "haproxy"), "haproxy of lb-ext-1 killed until undone"),
        (faults.killed(FIRST, "api", restart="at-once"), "api of lb-ext-1 killed and started again at once"),
        (faults.power_cut(FIRST, duration=s), "power cut of lb-ext-1 for 1 s"),
        (faults.address_deleted(FIRST), "VIP deleted from lb-ext-1"),
        (faults.address_deleted(FIRST, VIP, 2 * s, 9 * s), "10.77.0.100 deleted from lb-ext-1 for 9 s"),
        (faults.vrrp_lost("trunk", multicast=True), "multicast VRRP lost at trunk both until undone"),
    ],
)
def test_each_fault_is_one_line(fault: Fault, words: str) -> None:
    assert fault.describe() == words


@pytest.mark.parametrize(
    "fault, expected",
    [
        (faults.card_vanished("lb-ext-1.external", s), [("card gone lb-ext-1.external", 0, s)]),
        (
            faults.card_replaced("lb-ext-1.external", away=500 * ms, duration=2 * s),
            [
                ("card gone lb-ext-1.external", 0, 500 * ms),
                ("mac changed lb-ext-1.external 02:ca:4d:00:00:01", ms, 2 * s),
            ],
        ),
        (faults.cpu_starved("gw-1", 2, 20 * s), [("cpu starved gw-1 2 30", 0, 20 * s)]),
        (faults.cpu_starved("gw-1", 2), [("cpu starved gw-1 2 610", 0, None)]),
        (faults.tmpfs_full("lb-ext-1"), [("folder filled lb-ext-1 /run", 0, None)]),
        (faults.open_files("lb-ext-1", "haproxy"), [("files limited lb-ext-1 haproxy", 0, None)]),
        (faults.lock_held("db-1", s), [("sql lock db-1", 0, s)]),
        (faults.connections_used_up("db-1"), [("sql connections db-1", 0, None)]),
        (faults.replication_lag("db-2", 30 * s), [("sql delayed db-2 30", 0, None)]),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Fault) else "",
)
def test_what_a_fault_of_a_node_plans(fault: Fault, expected: list[tuple[str, int, int | None]]) -> None:
    assert parts(fault) == expected


@pytest.mark.parametrize("order", [("lb-ext-1", "lb-ext-2"), ("lb-ext-2", "lb-ext-1")])
def test_a_rolling_change_begins_with_the_node_that_is_named_first(order: tuple[str, str]) -> None:
    first, then = order
    fault = faults.configuration_changed(
        first, "advert_int 1", "advert_int 2", followed_by=then, pause=s, duration=5 * s
    )
    assert [(op.split()[2], begin, end) for op, begin, end in parts(fault)] == [(first, 0, 5 * s), (then, s, 5 * s)]
    assert fault.targets() == order


@pytest.mark.parametrize(
    "fault",
    [
        faults.card_vanished("trunk"),
        faults.card_replaced("lb-ext-1"),
        faults.card_replaced("lb-ext-1.external", "02:CA:4D:00:00:01"),
        faults.card_replaced("lb-ext-1.external", "01:ca:4d:00:00:01"),
        faults.configuration_changed("lb-ext-1", "x", "y", path="etc/x"),
        faults.card_replaced("lb-ext-1.external", away=2 * s, duration=s),
        faults.card_replaced("lb-ext-1.external", away=1),
        faults.cpu_starved("gw-1", 0),
        faults.cpu_starved("gw-1", 65),
        faults.cpu_starved("gw-1", 2, 3600 * s),
        faults.tmpfs_full("gw-1"),
        faults.tmpfs_full("lb-ext-1", "run"),
        faults.open_files("lb-ext-1", "nginx"),
        faults.configuration_changed("lb-ext-1", "", "x"),
        faults.configuration_changed("lb-ext-1", "x", "x"),
        faults.configuration_changed("lb-ext-1", "x", "y", followed_by="lb-ext-1"),
        faults.configuration_changed("lb-ext-1", "x", "y", followed_by="gw-1"),
        faults.configuration_changed("lb-ext-1", "x", "y", followed_by="lb-ext-2", pause=2 * s, duration=s),
        faults.lock_held("lb-ext-1"),
        faults.connections_used_up("api-1"),
        faults.replication_lag("db-2", 1_500 * ms),
        faults.replication_lag("db-2", 7200 * s),
    ],
    ids=lambda fault: fault.describe(),
)
def test_what_a_fault_of_a_node_refuses(fault: Fault) -> None:
    with pytest.raises(UsageError):
        fault.plan(topology(["databases"]))
