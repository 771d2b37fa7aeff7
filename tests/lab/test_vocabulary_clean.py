"""`harness clean --check` on a real lab: what a fault left is undone, what is foreign is told and stays."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import msgspec
import pytest
from typer.testing import CliRunner, Result

from harness import faults
from harness.cli import app
from harness.faults import Fault
from harness.lab.injection import Injection
from harness.lab.lab import Lab
from harness.lab.ready import reset
from harness.model.errors import LeftBehind
from harness.model.ops import KEPT
from harness.model.units import ms
from tests.lab.shared import container, execute, restart, wait_for

pytestmark = pytest.mark.lab

SCRIPT: Final = "/usr/bin/pidof"
AGENT: Final = "network-agent"
FAULTS: Final[tuple[Fault, ...]] = (
    faults.blackhole("trunk", duration=100 * ms),
    faults.link_down("lb-ext-1.external", duration=100 * ms),
    faults.loss("lb-ext-1", 50, duration=100 * ms),
    faults.rate("lb-ext-1", 1_000_000, duration=100 * ms),
    faults.address_deleted("gw-1", "10.77.0.11", duration=100 * ms),
    faults.address_taken("customer-3", duration=100 * ms),
    faults.check_broken("lb-ext-1", SCRIPT, "hangs", duration=100 * ms),
    faults.hung("lb-ext-2", "haproxy", duration=100 * ms),
)


class Told(msgspec.Struct):
    """What ``clean --check --json`` prints."""

    clean: bool
    held: list[dict[str, object]]
    ours: list[dict[str, object]]
    foreign: list[dict[str, str | None]]


def checked(lab: str) -> tuple[Result, Told]:
    done = CliRunner().invoke(app, ["clean", "--check", "--lab", lab, "--json"])
    return done, msgspec.json.decode(done.stdout, type=Told)


def clean(lab: str) -> bool:
    done, told = checked(lab)
    return done.exit_code == 0 and told.clean and not told.foreign


def as_it_came_up(lab: str) -> None:
    """Waits for it: keepalived and the kernel need a moment after an undo. A failure names what differs."""
    try:
        wait_for(lambda: clean(lab), "the lab to be as it came up")
    except AssertionError as error:
        error.add_note(checked(lab)[0].stdout)
        raise


@pytest.fixture(scope="module")
def at_rest(lab: str) -> str:
    reset(lab)
    as_it_came_up(lab)
    return lab


@pytest.fixture
def known(at_rest: str) -> Iterator[str]:
    """As it came up: VIPs at home, no difference. So it is left by the test before; else that test has failed."""
    yield at_rest
    try:
        as_it_came_up(at_rest)
    except AssertionError:
        reset(at_rest)
        raise


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_fault_leaves_nothing(known: str, fault: Fault) -> None:
    with Lab(known) as opened:
        topology = opened.topology
    with Injection(known, fault.plan(topology), fault.targets(), lambda _: None) as injection:
        assert injection.run()
    wait_for(lambda: clean(known), "nothing to be left")


def test_a_node_that_restarted_is_as_it_came_up(known: str) -> None:
    """Docker's resolver in it has other ports."""
    restart("gw-2")
    as_it_came_up(known)


def test_what_is_in_force_is_told_and_stays(known: str) -> None:
    fault = faults.blackhole("customer-3", "out")
    with Lab(known) as holder:
        plan = fault.plan(holder.topology)
        holder.lease(fault.targets(), plan)
        holder.arm(plan)
        wait_for(lambda: not clean(known), "the fault to be in force")
        done, told = checked(known)
        assert isinstance(done.exception, LeftBehind)
        assert [each["op"] for each in told.held] == [msgspec.to_builtins(part.op) for part in plan.parts]
        assert holder.agent("hand").hello().held
        holder.undo()
    assert clean(known)


@contextmanager
def foreign(service: str, make: str, unmake: str) -> Iterator[None]:
    execute(service, "sh", "-c", make)
    try:
        yield
    finally:
        execute(service, "sh", "-c", unmake)


@pytest.mark.parametrize(
    "service, make, unmake, what",
    [
        ("gw-1", "ip addr add 192.0.2.1/32 dev lan0", "ip addr del 192.0.2.1/32 dev lan0", "address 192.0.2.1"),
        ("gw-1", "ip route add 192.0.2.0/24 dev lan0", "ip route del 192.0.2.0/24", "route 192.0.2.0/24"),
        (AGENT, "nft add table inet site", "nft delete table inet site", "nftables table inet site"),
        ("lb-ext-1", "echo 1 > /etc/site", "rm /etc/site", "/etc/site"),
        ("lb-ext-2", "sv down keepalived", "sv up keepalived", "service keepalived"),
    ],
    ids=["address", "route", "rules", "file", "service"],
)
def test_what_is_foreign_is_told_and_stays(known: str, service: str, make: str, unmake: str, what: str) -> None:
    with foreign(service, make, unmake):
        done, told = checked(known)
        assert done.exit_code == 0, done.output
        assert told.clean
        assert what in [each["what"] for each in told.foreign]
        assert what in [each["what"] for each in checked(known)[1].foreign], "it was not left alone"


@pytest.mark.parametrize(
    "service, make",
    [
        ("lb-ext-1", f"mv {SCRIPT} {SCRIPT}{KEPT}"),
        (AGENT, "nft add element bridge harness vrrp_ingress '{ \"gw-1.0\" }'"),
        (AGENT, "tc qdisc add dev gw-1.0 root handle 4841: tbf rate 1mbit burst 10k latency 50ms"),
    ],
    ids=["file", "rules", "qdisc"],
)
def test_what_only_a_fault_makes_is_removed(known: str, service: str, make: str) -> None:
    """As if a journal had been lost: no agent knows of it."""
    execute(service, "sh", "-c", make)
    assert clean(known)


def test_an_agent_that_cannot_be_asked_is_no_clean_lab(known: str) -> None:
    subprocess.run(["docker", "pause", container("service-agent")], check=True, capture_output=True)
    try:
        done = CliRunner().invoke(app, ["clean", "--check", "--lab", known])
    finally:
        subprocess.run(["docker", "unpause", container("service-agent")], check=True, capture_output=True)
    assert isinstance(done.exception, LeftBehind)
