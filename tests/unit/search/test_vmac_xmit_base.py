"""``use_vmac`` with ``vmac_xmit_base``: adverts leave with the card's own MAC address, and teach switches nothing."""

import pytest
from msgspec.structs import replace

from harness.lab import compose
from harness.model.units import ms
from harness.search.pair import SimulatedPair
from harness.search.remedy import REMEDIES
from harness.search.schedule import Act, Schedule
from harness.search.subject import of_configuration, of_site
from harness.simulation.settings import settings_of
from tests.lint_pairs import VIP, conf, two

REMOVED = next(each for each in REMEDIES if each.line.startswith("no vmac_xmit_base"))


def with_vmac(*, xmit_base: bool) -> SimulatedPair:
    chosen = of_configuration("advert-100ms", compose.topology(()))
    settings = {
        node: tuple(replace(one, vrrp=replace(one.vrrp, use_vmac=True), xmit_base=xmit_base) for one in each)
        for node, each in chosen.settings.items()
    }
    return SimulatedPair(chosen.topology, settings, "external")


@pytest.mark.parametrize("xmit_base, harm", [(False, None), (True, "wrong cache")])
def test_switches_stay_with_the_standby_that_announced_itself_last(xmit_base: bool, harm: str | None) -> None:  # noqa: FBT001
    """The standby took over during the freeze and announced the virtual MAC; the owner's adverts do not name it."""
    frozen = Schedule((Act("freeze lb-ext-1", 0, 300 * ms),), 68 * ms)
    found = with_vmac(xmit_base=xmit_base)
    assert found.run(frozen).harm == harm
    assert SimulatedPair(found.topology, REMOVED.on(found.settings), "external").run(frozen).harm is None


@pytest.mark.parametrize("xmit_base", [False, True])
def test_what_a_switch_has_forgotten_it_floods(xmit_base: bool) -> None:  # noqa: FBT001
    """A trunk without carrier makes both switches forget what was beyond it; no standby takes over meanwhile."""
    pair = with_vmac(xmit_base=xmit_base)
    ended = pair.run(Schedule((Act("link-down trunk", 0, 100 * ms),), 50 * ms))
    assert (ended.harm, ended.took_over) == (None, False)
    assert set(ended.final.leads.values()) == {"lb-ext-1"}
    assert ended.dark_ns <= pair.customers * 101 * ms


@pytest.mark.parametrize("lines, removed", [("", False), ("use_vmac", False), ("use_vmac\nvmac_xmit_base", True)])
def test_a_file_tells_it(lines: str, removed: bool) -> None:  # noqa: FBT001
    assert REMOVED.changes({"lb1": settings_of(conf(100, more=lines))}) == removed


def test_that_switches_forget_is_named() -> None:
    """Such a split ends when they do, after minutes: the model lets them remember for ever."""
    texts = conf(101, more="use_vmac\nvmac_xmit_base"), conf(100)
    named = [line for line in of_site("texts", two(confs=texts)).left_out if "forget" in line]
    assert named == ["web: switches that forget: with vmac_xmit_base a wrong entry lasts for their ageing time"]


def test_a_vip_on_another_card_than_the_adverts_has_the_address_of_its_card() -> None:
    """``use_vmac`` makes a device on the card of the adverts alone: caches have to learn each owner."""
    texts = tuple(conf(each, more="interface eth1\nuse_vmac", vips=(f"{VIP}/24 dev eth0",)) for each in (101, 100))
    pair = of_site("texts", two(confs=(texts[0], texts[1]), cards={"eth1": "198.51.100.{}/24"})).pair()
    here = {one.node: pair.world.nodes.places.held(one)[0].mac for one in pair.world.nodes.instances}
    assert here == {node: pair.topology.ports[f"{node}.eth0"].mac for node in ("lb1", "lb2")}
    usual = with_vmac(xmit_base=False)
    assert {usual.world.nodes.places.held(one)[0].mac for one in usual.world.nodes.of("external")} == {
        usual.router.vmac
    }
