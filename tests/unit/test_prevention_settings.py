"""Settings that prevent June 13, or are said to: what keepalived is given of each, and mitigations as plans."""

import pytest

from harness import faults, mitigations
from harness.bench.matrix.cells import Cell
from harness.experiment.meanwhile import meanwhile
from harness.lab.compose import topology
from harness.model.configuration import Configuration
from harness.model.errors import BadValue, UnknownName, UsageError
from harness.model.keepalived import parse_blocks, parse_keepalived
from harness.model.ops import FlushNeighbours, Part, ServiceDown, ServiceReload, ServiceRestart
from harness.model.units import ms, s

LAB = topology()
PATH = "/etc/keepalived/keepalived.conf"


def text(name: str, node: str = "lb-ext-1", **vrrp: object) -> str:
    return Configuration.load(name).with_vrrp("changed", **vrrp).render(LAB, node)[PATH]


def test_use_vmac_leaves_the_device_to_keepalived() -> None:
    """With a device the VIP would stay on the cable, and its MAC address with it."""
    (settings,) = parse_keepalived(text("use-vmac"))
    assert settings.use_vmac
    assert "10.77.0.100/24 dev" not in text("use-vmac")
    assert "10.77.0.100/24 dev lan0" in text("default")


def test_unicast_names_both_ends() -> None:
    block = next(parse_blocks(text("unicast-peers", "lb-ext-2")).all("vrrp_instance"))
    assert block.last("unicast_src_ip") == "10.77.0.2"
    assert [line.words for peers in block.all("unicast_peer") for line in peers.body] == [("10.77.0.1",)]


def test_a_heartbeat_elsewhere_tracks_the_vip_s_cable() -> None:
    block = next(parse_blocks(text("heartbeat-internal")).all("vrrp_instance"))
    assert block.last("interface") == "lan1"
    assert [line.words for tracked in block.all("track_interface") for line in tracked.body] == [("lan0",)]
    assert not list(next(parse_blocks(text("default")).all("vrrp_instance")).all("track_interface"))


def test_delays_stand_outside_every_block() -> None:
    (delays,) = parse_blocks(text("interface-up-down-delays")).all("interface_up_down_delays")
    assert [line.words for line in delays.body] == [("lan0", "1.5")]


def test_one_setting_more() -> None:
    """What a test's marker adds to a named configuration."""
    assert "nopreempt" in text("garp-master-refresh", preempt=False)
    assert "garp_master_refresh 10" in text("garp-master-refresh", preempt=False)
    with pytest.raises(UsageError, match="preempts"):
        text("default", preempts=False)


def test_a_cell_of_the_matrix_renders_as_it_says() -> None:
    keepalived = Cell(0.3, True, False, "frozen").configuration().render(LAB, "lb-ext-1")[PATH]
    assert {"advert_int 0.3", "priority 100", "nopreempt"} <= {line.strip() for line in keepalived.splitlines()}


def test_restart_keepalived() -> None:
    both = mitigations.restart_keepalived("balancers").plan(LAB)
    assert [part.op for part in both.parts] == [ServiceRestart(node, "keepalived") for node in ("lb-ext-1", "lb-ext-2")]
    with pytest.raises(UnknownName):
        mitigations.restart_keepalived("gw-1").plan(LAB)


def test_reload_keepalived() -> None:
    planned = mitigations.reload_keepalived("lb-ext-2").plan(LAB)
    assert [part.op for part in planned.parts] == [ServiceReload("lb-ext-2", "keepalived")]
    with pytest.raises(UnknownName):
        mitigations.reload_keepalived("gw-1").plan(LAB)


def test_fail_over_comes_back() -> None:
    planned = mitigations.fail_over("lb-ext-1", duration=2 * s)
    assert planned.plan(LAB).parts == (Part(ServiceDown("lb-ext-1", "keepalived"), 0, 2 * s),)
    assert planned.targets() == ("lb-ext-1",)
    with pytest.raises(BadValue):
        mitigations.fail_over("lb-ext-1", duration=0).plan(LAB)


def test_meanwhile() -> None:
    """The act has its instant inside the fault; only the fault is leased."""
    both = meanwhile(faults.blackhole("trunk", duration=800 * ms), mitigations.flush_arp("gw-2"), at=500 * ms)
    assert both.plan(LAB).parts[-1] == Part(FlushNeighbours("gw-2"), 500 * ms)
    assert both.plan(LAB).ends_ns == 800 * ms
    assert both.targets() == ("trunk",)
