"""Faults are tried at each card that decides who has a VIP: of the adverts, of the VIP, of what is tracked."""

import pytest

from harness.lab import compose
from harness.model.units import s
from harness.search.held import held
from harness.search.pair import SimulatedPair
from harness.search.subject import of_configuration, of_site
from tests.lint_pairs import VIP, conf, two
from tests.recorded_sites import recorded

SECOND = {"eth1": "198.51.100.{}/24"}


def ports(of: SimulatedPair, node: str) -> set[str]:
    return {word.target for word in of.words.values() if word.target.startswith(f"{node}.")}


def site(more: str, vip: str = VIP, cards: dict[str, str] | None = None) -> SimulatedPair:
    texts = conf(150, more=more, vips=(vip,)), conf(100, more=more, vips=(vip,))
    return of_site("texts", two(confs=texts, cards=SECOND if cards is None else cards)).pair()


def test_adverts_on_a_card_of_their_own() -> None:
    """Customers come by the other one, and no advert tells whether anything arrives there."""
    found = site("interface eth1", f"{VIP}/24 dev eth0")
    assert ports(found, "lb1") == {"lb1.eth0", "lb1.eth1"}
    trunks = {word.target for word in found.words.values() if word.target in found.topology.trunks}
    assert trunks == {"t-eth0", "t-eth1"}
    silent = "blackhole lb1.eth0 --direction in"
    found.words = {silent: found.words[silent]}
    (told,) = held(found, ())
    assert (told.dark_ns, told.hurts) == (None, True)


def test_the_lab_with_its_heartbeat_on_the_internal_segment() -> None:
    found = of_configuration("heartbeat-internal", compose.topology(())).pair("external")
    assert ports(found, "lb-ext-1") == {"lb-ext-1.external", "lb-ext-1.internal"}
    usual = of_configuration("default", compose.topology(())).pair("external")
    assert ports(usual, "lb-ext-1") == {"lb-ext-1.external"}


@pytest.mark.parametrize("name, segment", [("heartbeat-internal", "internal"), ("default", "external")])
def test_the_address_that_adverts_are_sent_from_is_deleted_and_no_other(name: str, segment: str) -> None:
    """keepalived needs no other of them: the model would call the others survived without having done anything."""
    found = of_configuration(name, compose.topology(())).pair("external")
    own = {port.address for port in found.topology.node("lb-ext-1").ports}
    deleted = {word.option[1] for word in found.words.values() if word.option and word.target == "lb-ext-1"}
    assert deleted & own == {found.topology.ports[f"lb-ext-1.{segment}"].address}


def test_the_addresses_of_a_sync_group_are_deleted() -> None:
    """An instance of it in FAULT takes the others along."""
    found = of_site("edge-sync-group", recorded("edge-sync-group")).pair()
    own = {port.address for port in found.topology.node(found.owner).ports}
    deleted = {word.option[1] for word in found.words.values() if word.option and word.target == found.owner}
    assert deleted & own == own


def test_a_card_that_is_tracked() -> None:
    assert ports(site("track_interface {\neth1\n}"), "lb1") == {"lb1.eth0", "lb1.eth1"}
    assert ports(site(""), "lb1") == {"lb1.eth0"}


def test_the_cards_of_a_sync_group() -> None:
    """Its instances move together: a fault on the one card moves the VIP on the other."""
    found = of_site("edge-sync-group", recorded("edge-sync-group")).pair()
    assert ports(found, found.owner) == {f"{found.owner}.eth0", f"{found.owner}.eth1"}


def test_a_router_of_one_node_has_no_standby_that_notices_a_silence() -> None:
    second = conf(150, vips=("192.0.2.77",)).replace("vrrp_instance web", "vrrp_instance alone", 1)
    second = second.replace("virtual_router_id 51", "virtual_router_id 77")
    alone = second[second.index("vrrp_instance") :]
    subject = of_site("texts", two(confs=(conf(150) + "\n" + alone, conf(100))))
    (name,) = (each.name for each in subject.topology.virtual_routers.values() if len(each.nodes) == 1)
    assert subject.pair(name).silence_ns == 0


def test_every_word_of_a_pair_with_two_cards_can_be_planned() -> None:
    found = site("interface eth1", f"{VIP}/24 dev eth0")
    assert all(word.lasting(1 * s).plan(found.topology).parts for word in found.words.values())
